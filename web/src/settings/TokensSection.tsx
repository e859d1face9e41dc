import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { createToken, revokeToken, tokensQuery } from '@/api/queries/settings';
import type { TokenView } from '@/api/schema';
import { Badge } from '@/ui/Badge';
import { Button } from '@/ui/Button';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { Dialog } from '@/ui/Dialog';
import { Field, TextInput } from '@/ui/Field';
import { Select } from '@/ui/Select';
import { EmptyState, ErrorState, InlineError } from '@/ui/states';
import { Table, Td, Th, Tr } from '@/ui/Table';
import { RelativeTime } from '@/ui/Time';
import { Section } from './Section';
import { Loading } from './SettingsPage';
import { ShownOnce } from './ShownOnce';

const LIVES = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: '', label: 'No end' },
];

export default function TokensSection() {
  const tokens = useQuery(tokensQuery);
  const [isAdding, setIsAdding] = useState(false);
  const [revoking, setRevoking] = useState<TokenView | null>(null);
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => revokeToken(id),
    onSuccess: () => {
      setRevoking(null);
      void client.invalidateQueries({ queryKey: tokensQuery.queryKey });
    },
  });
  const add = (
    <Button icon={<Plus />} onClick={() => setIsAdding(true)}>
      New token
    </Button>
  );
  return (
    <Section
      title="API tokens"
      about="For programs and the command line on another machine. A token may do what you may do; what it does is in the audit log under your name."
      actions={add}
    >
      {tokens.isPending ? (
        <Loading />
      ) : tokens.error ? (
        <ErrorState problem={tokens.error} onRetry={() => void tokens.refetch()} />
      ) : tokens.data.length === 0 ? (
        <EmptyState icon={<KeyRound />} title="You have no tokens." className="py-8" />
      ) : (
        <Table label="Your tokens">
          <thead>
            <tr>
              <Th>Name</Th>
              <Th>Made</Th>
              <Th>Ends</Th>
              <Th>
                <span className="sr-only">What can be done</span>
              </Th>
            </tr>
          </thead>
          <tbody>
            {tokens.data.map((token) => (
              <Tr key={token.id}>
                <Td className="max-w-48 truncate font-medium">{token.name}</Td>
                <Td>
                  <RelativeTime when={token.created_at} />
                </Td>
                <Td>
                  <End token={token} />
                </Td>
                <Td className="text-right">
                  {!token.revoked_at && (
                    <Button size="sm" variant="danger-quiet" onClick={() => setRevoking(token)}>
                      Revoke
                    </Button>
                  )}
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
      {isAdding && <NewTokenDialog onClose={() => setIsAdding(false)} />}
      <ConfirmDialog
        isOpen={revoking !== null}
        onClose={() => setRevoking(null)}
        title={`Revoke ${revoking?.name ?? ''}?`}
        confirm="Revoke"
        isBusy={revoke.isPending}
        onConfirm={() => revoking && revoke.mutate(revoking.id)}
      >
        Programs that use it are refused from now on. This cannot be taken back.
        <InlineError problem={revoke.error} />
      </ConfirmDialog>
    </Section>
  );
}

function End({ token }: { token: TokenView }) {
  if (token.revoked_at) return <Badge>revoked</Badge>;
  if (!token.expires_at) return <span className="text-ink-3">does not end</span>;
  return <RelativeTime when={token.expires_at} />;
}

function NewTokenDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const create = useMutation({
    mutationFn: () => createToken(name.trim(), days === '' ? null : Number(days)),
    onSuccess: () => void client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  if (create.data) {
    return <ShownOnce title="Your new token" what="token" value={create.data.token} onClose={onClose} />;
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="New API token"
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form="new-token"
            variant="primary"
            isBusy={create.isPending}
            disabled={name.trim() === ''}
          >
            Create
          </Button>
        </>
      }
    >
      <form
        id="new-token"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') create.mutate();
        }}
      >
        <Field label="What it is for">
          <TextInput
            value={name}
            maxLength={63}
            placeholder="backup script"
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field label="Ends after">
          <Select options={LIVES} value={days} onChange={setDays} label="Ends after" />
        </Field>
        <InlineError problem={create.error} />
      </form>
    </Dialog>
  );
}
