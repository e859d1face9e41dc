import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useMe } from '@/api/queries/me';
import { changeUser } from '@/api/queries/settings';
import { Badge } from '@/ui/Badge';
import { Button } from '@/ui/Button';
import { Field, TextInput } from '@/ui/Field';
import { InlineError } from '@/ui/states';
import { DescriptionList } from '@/ui/Table';
import { useToast } from '@/ui/Toast';
import { Section } from './Section';
import { Loading } from './SettingsPage';

/** As the server has it. */
const SHORTEST_PASSWORD = 10;

export default function AccountSection() {
  const me = useMe();
  if (!me) return <Loading />;
  return (
    <>
      <Section title="Account">
        <DescriptionList
          items={[
            ['Name', me.user.name],
            ['Role', <Badge key="role">{me.user.role}</Badge>],
            ['May', <Permissions key="may" list={me.permissions} />],
            ['Server', `Steersman ${me.version}`],
          ]}
        />
      </Section>
      <Password userId={me.user.id} />
    </>
  );
}

function Permissions({ list }: { list: string[] }) {
  if (list.includes('*')) return <>everything</>;
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {list.map((permission) => (
        <li key={permission} className="font-mono text-xs text-ink-2">
          {permission}
        </li>
      ))}
    </ul>
  );
}

function Password({ userId }: { userId: string }) {
  const toast = useToast();
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const save = useMutation({
    mutationFn: () => changeUser(userId, { password }),
    onSuccess: () => {
      setPassword('');
      setAgain('');
      toast({ title: 'Your password is set', text: 'You are signed out everywhere else.', tone: 'success' });
    },
  });
  const isShort = password !== '' && password.length < SHORTEST_PASSWORD;
  const differs = again !== '' && again !== password;
  return (
    <Section
      title="Password"
      about="Setting it signs you out everywhere else. Without one you sign in by a one-time link."
    >
      <form
        className="flex max-w-sm flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (password.length >= SHORTEST_PASSWORD && again === password) save.mutate();
        }}
      >
        <Field label="New password" error={isShort ? `At least ${SHORTEST_PASSWORD} characters.` : undefined}>
          <TextInput
            type="password"
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <Field label="The same again" error={differs ? 'The two differ.' : undefined}>
          <TextInput
            type="password"
            autoComplete="new-password"
            value={again}
            onChange={(event) => setAgain(event.target.value)}
          />
        </Field>
        <InlineError problem={save.error} />
        <Button
          type="submit"
          className="self-start"
          isBusy={save.isPending}
          disabled={password.length < SHORTEST_PASSWORD || again !== password}
        >
          Set password
        </Button>
      </form>
    </Section>
  );
}
