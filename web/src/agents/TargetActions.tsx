import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Ellipsis, MessageSquare } from 'lucide-react';
import { useState } from 'react';
import { changeTarget, pluginsQuery, removeTarget } from '@/api/queries/agents';
import { useMay } from '@/api/queries/me';
import type { TargetView } from '@/api/schema';
import { openDrawer } from '@/shell/drawer';
import { Button } from '@/ui/Button';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { IconButton } from '@/ui/IconButton';
import { Menu } from '@/ui/Menu';
import { InlineError } from '@/ui/states';
import { TargetForm } from './TargetForm';

/** Ask about it, edit, disable and remove. Changing it needs `target:manage`. */
export function TargetActions({ target }: { target: TargetView }) {
  const mayManage = useMay('target:manage');
  const client = useQueryClient();
  const navigate = useNavigate();
  const plugin = useQuery({ ...pluginsQuery, enabled: mayManage }).data?.find((each) => each.name === target.plugin);
  const [open, setOpen] = useState<'edit' | 'disable' | 'remove' | null>(null);
  const refresh = () => {
    for (const queryKey of [['targets'], ['servers'], ['tools'], ['overview']])
      void client.invalidateQueries({ queryKey });
  };
  const enable = useMutation({
    mutationFn: (isEnabled: boolean) =>
      changeTarget(target.server_id, target.id, { revision: target.revision, is_enabled: isEnabled }),
    onSuccess: () => setOpen(null),
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: () => removeTarget(target.server_id, target.id),
    onSuccess: () => {
      refresh();
      void navigate({ to: '/agents' });
    },
  });
  return (
    <>
      <Button icon={<MessageSquare />} onClick={openDrawer} className="max-sm:hidden">
        Ask about it
      </Button>
      {mayManage && (
        <Menu
          trigger={<IconButton label={`What can be done with ${target.name}`} icon={<Ellipsis />} />}
          items={[
            { label: 'Edit settings', isDisabled: !plugin, onSelect: () => setOpen('edit') },
            target.is_enabled
              ? { label: 'Disable', onSelect: () => setOpen('disable') }
              : { label: 'Enable', onSelect: () => enable.mutate(true) },
            'separator',
            { label: 'Remove', isDanger: true, onSelect: () => setOpen('remove') },
          ]}
        />
      )}
      {open === 'edit' && plugin && (
        <TargetForm
          serverId={target.server_id}
          plugin={plugin}
          target={target}
          onClose={() => setOpen(null)}
          onSaved={() => setOpen(null)}
        />
      )}
      <ConfirmDialog
        isOpen={open === 'disable'}
        onClose={() => setOpen(null)}
        title={`Disable ${target.name}?`}
        confirm="Disable"
        tone="primary"
        isBusy={enable.isPending}
        onConfirm={() => enable.mutate(false)}
      >
        No tool reaches it until it is enabled again. Approvals that wait for it no longer hold.
        <InlineError problem={enable.error} />
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={open === 'remove'}
        onClose={() => setOpen(null)}
        title={`Remove ${target.name}?`}
        confirm="Remove"
        typeThis={target.name}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        Steersman forgets its settings and deletes its credentials. The system itself is not touched. What was done to
        it stays in the audit log.
        <InlineError problem={remove.error} />
      </ConfirmDialog>
    </>
  );
}
