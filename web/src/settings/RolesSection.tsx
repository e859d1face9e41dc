import { useQuery } from '@tanstack/react-query';
import { rolesQuery } from '@/api/queries/settings';
import { ErrorState } from '@/ui/states';
import { Section } from './Section';
import { Loading } from './SettingsPage';

/** What the built-in permissions let a person do, in words. */
const WORDS: Record<string, string> = {
  '*': 'everything',
  'ai:chat': 'talk to Steersman',
  'approval:decide': 'decide approvals',
  'audit:read': 'read the audit log',
  'target:read': 'see servers and targets',
  'target:manage': 'add, change and remove targets',
  'policy:read': 'read the rules',
  'policy:manage': 'change the rules',
  'user:manage': 'manage users',
  'provider:manage': 'manage model providers',
  'tool:*': 'call every tool: queries, and changes through approval',
  'tool:read:*': 'call tools that read',
};

export default function RolesSection() {
  const roles = useQuery(rolesQuery);
  return (
    <Section
      title="Roles"
      about="What a role may ask for. The rules then say what runs at once and what waits for a person."
    >
      {roles.isPending ? (
        <Loading />
      ) : roles.error ? (
        <ErrorState problem={roles.error} onRetry={() => void roles.refetch()} />
      ) : (
        <dl className="flex flex-col">
          {roles.data.map((role) => (
            <div
              key={role.role}
              className="grid grid-cols-[9rem_1fr] gap-4 border-b py-3 last:border-b-0 max-sm:grid-cols-1 max-sm:gap-1"
            >
              <dt>
                <span className="text-sm font-medium">{role.title || role.role}</span>
              </dt>
              <dd>
                <ul className="flex flex-col gap-1 text-sm">
                  {role.permissions.map((permission) => (
                    <li key={permission} className="flex flex-wrap items-baseline gap-x-2">
                      <span>{WORDS[permission] ?? permission}</span>
                      <code className="font-mono text-xs text-ink-3">{permission}</code>
                    </li>
                  ))}
                </ul>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}
