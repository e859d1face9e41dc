import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Plus } from 'lucide-react';
import { useState } from 'react';
import { useMe } from '@/api/queries/me';
import { changeUser, createUser, loginLink, usersQuery } from '@/api/queries/settings';
import type { Role, User, UserChange } from '@/api/schema';
import { Badge } from '@/ui/Badge';
import { Button } from '@/ui/Button';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { Dialog } from '@/ui/Dialog';
import { Field, TextInput } from '@/ui/Field';
import { IconButton } from '@/ui/IconButton';
import { Menu } from '@/ui/Menu';
import { Select } from '@/ui/Select';
import { ErrorState, InlineError } from '@/ui/states';
import { Table, Td, Th, Tr } from '@/ui/Table';
import { RelativeTime } from '@/ui/Time';
import { Section } from './Section';
import { Loading } from './SettingsPage';
import { ShownOnce } from './ShownOnce';

const ROLES: { value: Role; label: string }[] = [
  { value: 'owner', label: 'Owner' },
  { value: 'operator', label: 'Operator' },
  { value: 'developer', label: 'Developer' },
  { value: 'viewer', label: 'Viewer' },
];

export default function UsersSection() {
  const users = useQuery(usersQuery);
  const client = useQueryClient();
  const [isAdding, setIsAdding] = useState(false);
  const [disabling, setDisabling] = useState<User | null>(null);
  const [link, setLink] = useState<{ name: string; url: string } | null>(null);
  const change = useMutation({
    mutationFn: ({ id, ...to }: Partial<UserChange> & { id: string }) => changeUser(id, to),
    onSuccess: () => setDisabling(null),
    onSettled: () => client.invalidateQueries({ queryKey: usersQuery.queryKey }),
  });
  const makeLink = useMutation({
    mutationFn: (name: string) => loginLink(name),
    onSuccess: (made, name) => setLink({ name, url: made.url }),
  });
  const me = useMe();
  return (
    <Section
      title="Users"
      about="People of this organization. A user without a password signs in by a one-time link."
      actions={
        <Button icon={<Plus />} onClick={() => setIsAdding(true)}>
          New user
        </Button>
      }
    >
      <InlineError problem={change.error ?? makeLink.error} />
      {users.isPending ? (
        <Loading />
      ) : users.error ? (
        <ErrorState problem={users.error} onRetry={() => void users.refetch()} />
      ) : (
        <Table label="Users">
          <thead>
            <tr>
              <Th>Name</Th>
              <Th>Role</Th>
              <Th className="max-sm:hidden">Since</Th>
              <Th>
                <span className="sr-only">What can be done</span>
              </Th>
            </tr>
          </thead>
          <tbody>
            {users.data.map((user) => (
              <Tr key={user.id}>
                <Td className="max-w-40">
                  <span className="flex items-center gap-2">
                    <span className="truncate font-medium">{user.name}</span>
                    {user.id === me?.user.id && <Badge tone="accent">you</Badge>}
                    {!user.is_enabled && <Badge tone="warning">disabled</Badge>}
                  </span>
                </Td>
                <Td>
                  <Select
                    size="sm"
                    label={`Role of ${user.name}`}
                    options={ROLES}
                    value={user.role}
                    isDisabled={change.isPending}
                    onChange={(role) => role !== user.role && change.mutate({ id: user.id, role })}
                  />
                </Td>
                <Td className="max-sm:hidden">
                  <RelativeTime when={user.created_at} />
                </Td>
                <Td className="text-right">
                  <Menu
                    trigger={<IconButton label={`What can be done with ${user.name}`} icon={<Ellipsis />} size="sm" />}
                    items={[
                      {
                        label: 'One-time login link',
                        onSelect: () => makeLink.mutate(user.name),
                        isDisabled: !user.is_enabled,
                      },
                      'separator',
                      user.is_enabled
                        ? { label: 'Disable', isDanger: true, onSelect: () => setDisabling(user) }
                        : { label: 'Enable', onSelect: () => change.mutate({ id: user.id, is_enabled: true }) },
                    ]}
                  />
                </Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      )}
      {isAdding && <NewUserDialog onClose={() => setIsAdding(false)} />}
      {link && (
        <ShownOnce
          title={`Login link for ${link.name}`}
          what="link"
          value={link.url}
          hint="It signs in once, within 15 minutes."
          onClose={() => setLink(null)}
        />
      )}
      <ConfirmDialog
        isOpen={disabling !== null}
        onClose={() => setDisabling(null)}
        title={`Disable ${disabling?.name ?? ''}?`}
        confirm="Disable"
        isBusy={change.isPending}
        onConfirm={() => disabling && change.mutate({ id: disabling.id, is_enabled: false })}
      >
        Their logins and tokens stop working at once, and what they had asked for is no longer carried out. What they
        did stays in the audit log.
        <InlineError problem={change.error} />
      </ConfirmDialog>
    </Section>
  );
}

function NewUserDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('developer');
  const [password, setPassword] = useState('');
  const create = useMutation({
    mutationFn: () => createUser({ name: name.trim(), role, ...(password === '' ? {} : { password }) }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: usersQuery.queryKey });
      onClose();
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="New user"
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form="new-user"
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
        id="new-user"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') create.mutate();
        }}
      >
        <Field label="Name">
          <TextInput value={name} maxLength={63} autoComplete="off" onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Role">
          <Select options={ROLES} value={role} onChange={setRole} label="Role" />
        </Field>
        <Field label="Password" isOptional hint="At least 10 characters. Leave it empty and give them a one-time link.">
          <TextInput
            type="password"
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <InlineError problem={create.error} />
      </form>
    </Dialog>
  );
}
