import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Ellipsis, Plus } from 'lucide-react';
import { useState } from 'react';
import { changeProvider, providersQuery, removeProvider, testProvider } from '@/api/queries/settings';
import type { ProviderView } from '@/api/schema';
import { Badge } from '@/ui/Badge';
import { Button } from '@/ui/Button';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { IconButton } from '@/ui/IconButton';
import { Menu } from '@/ui/Menu';
import { ErrorState, InlineError } from '@/ui/states';
import { ProviderDialog } from './ProviderDialog';
import { providerKind } from './providerKinds';
import { Section } from './Section';
import { Loading } from './SettingsPage';

export default function ProvidersSection() {
  const providers = useQuery(providersQuery);
  const client = useQueryClient();
  const [editing, setEditing] = useState<ProviderView | 'new' | null>(null);
  const [removing, setRemoving] = useState<ProviderView | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: providersQuery.queryKey });
  const remove = useMutation({
    mutationFn: (id: string) => removeProvider(id),
    onSuccess: () => setRemoving(null),
    onSettled: refresh,
  });
  return (
    <Section
      title="Model providers"
      about="Who answers in sessions. Without any, the built-in provider does: it needs no key and no network. A provider that is away is stood in for by the built-in one, and the answer says so."
      actions={
        <Button icon={<Plus />} onClick={() => setEditing('new')}>
          Add provider
        </Button>
      }
    >
      {providers.isPending ? (
        <Loading />
      ) : providers.error ? (
        <ErrorState problem={providers.error} onRetry={() => void providers.refetch()} />
      ) : (
        <ul className="flex flex-col">
          {providers.data.map((provider) => (
            <Provider
              key={provider.id ?? provider.name}
              provider={provider}
              onEdit={() => setEditing(provider)}
              onRemove={() => setRemoving(provider)}
              onChanged={refresh}
            />
          ))}
        </ul>
      )}
      {editing && <ProviderDialog provider={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      <ConfirmDialog
        isOpen={removing !== null}
        onClose={() => setRemoving(null)}
        title={`Remove ${removing?.name ?? ''}?`}
        confirm="Remove"
        isBusy={remove.isPending}
        onConfirm={() => removing?.id && remove.mutate(removing.id)}
      >
        Its key is deleted. What it answered stays in the sessions.
        <InlineError problem={remove.error} />
      </ConfirmDialog>
    </Section>
  );
}

type ProviderProps = {
  provider: ProviderView;
  onEdit: () => void;
  onRemove: () => void;
  onChanged: () => Promise<void>;
};

function Provider({ provider, onEdit, onRemove, onChanged }: ProviderProps) {
  const id = provider.id ?? null;
  const test = useMutation({ mutationFn: (which: string) => testProvider(which) });
  const prefer = useMutation({
    mutationFn: (which: string) => changeProvider(which, { is_default: true }),
    onSettled: onChanged,
  });
  return (
    <li className="flex flex-col gap-1 border-b py-3 last:border-b-0">
      <div className="flex items-center gap-3">
        <div className="min-w-0 flex-1">
          <p className="flex items-center gap-2 text-sm">
            <span className="truncate font-medium">{id === null ? 'Built-in' : provider.name}</span>
            {provider.is_default && <Badge tone="accent">asked first</Badge>}
          </p>
          <p className="truncate text-xs text-ink-3">
            {id === null
              ? 'Understands plain requests without a model'
              : `${providerKind(provider.kind)?.label ?? provider.kind} · ${provider.model} · ${provider.base_url}`}
          </p>
        </div>
        {id !== null && (
          <>
            <Button size="sm" isBusy={test.isPending} onClick={() => test.mutate(id)}>
              Test
            </Button>
            <Menu
              trigger={<IconButton label={`What can be done with ${provider.name}`} icon={<Ellipsis />} size="sm" />}
              items={[
                { label: 'Edit', onSelect: onEdit },
                !provider.is_default && { label: 'Ask it first', onSelect: () => prefer.mutate(id) },
                'separator',
                { label: 'Remove', isDanger: true, onSelect: onRemove },
              ]}
            />
          </>
        )}
      </div>
      {test.isSuccess && (
        <p role="status" className="flex items-center gap-1.5 text-sm text-success-text">
          <CircleCheck className="size-4" />
          {test.data?.sentence ?? 'It answered.'}
        </p>
      )}
      <InlineError problem={test.error ?? prefer.error} />
    </li>
  );
}
