import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ChevronDown, Plus } from 'lucide-react';
import { useState } from 'react';
import { pluginsQuery } from '@/api/queries/agents';
import { useMay } from '@/api/queries/me';
import type { PluginType } from '@/api/schema';
import { Button } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import { TargetForm } from './TargetForm';

/** The button that asks for a plugin and opens its form. Nothing without the right. */
export function AddTarget({ serverId }: { serverId: string }) {
  const mayManage = useMay('target:manage');
  const plugins = useQuery({ ...pluginsQuery, enabled: mayManage });
  const navigate = useNavigate();
  const [plugin, setPlugin] = useState<PluginType | null>(null);
  if (!mayManage) return null;
  return (
    <>
      <Menu
        trigger={
          <Button variant="primary" icon={<Plus />}>
            Add target
            <ChevronDown aria-hidden="true" className="size-3.5" />
          </Button>
        }
        items={(plugins.data ?? []).map((each) => ({ label: each.title, onSelect: () => setPlugin(each) }))}
      />
      {plugin && (
        <TargetForm
          key={plugin.name}
          serverId={serverId}
          plugin={plugin}
          onClose={() => setPlugin(null)}
          onSaved={(target) => {
            setPlugin(null);
            void navigate({
              to: '/agents/$serverId/$targetId',
              params: { serverId: target.server_id, targetId: target.id },
            });
          }}
        />
      )}
    </>
  );
}
