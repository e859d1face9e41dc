import { Link } from '@tanstack/react-router';
import type { TargetView } from '@/api/schema';
import { EnvironmentBadge } from '@/calls/EnvironmentBadge';
import { StatusDot } from '@/ui/StatusDot';
import { Table, Td, Th, Tr } from '@/ui/Table';
import { byNeed, healthLook } from './health';

/** The targets of one server, what needs a look first. */
export function TargetTable({ targets, label }: { targets: TargetView[]; label: string }) {
  return (
    <Table label={label}>
      <thead>
        <tr>
          <Th>Target</Th>
          <Th>Health</Th>
          <Th className="max-md:hidden">Plugin</Th>
          <Th className="w-1/2 max-lg:hidden">What the last look found</Th>
        </tr>
      </thead>
      <tbody>
        {[...targets].sort(byNeed).map((target) => {
          const { tone, word } = healthLook(target);
          return (
            <Tr key={target.id} className="hover:bg-hover">
              <Td>
                <span className="flex items-center gap-2">
                  <Link
                    to="/agents/$serverId/$targetId"
                    params={{ serverId: target.server_id, targetId: target.id }}
                    className="font-medium underline-offset-2 hover:underline"
                  >
                    {target.name}
                  </Link>
                  <EnvironmentBadge environment={target.environment} />
                </span>
              </Td>
              <Td>
                <StatusDot tone={tone} label={word} />
              </Td>
              <Td className="text-ink-2 max-md:hidden">{target.plugin}</Td>
              <Td className="max-w-0 truncate text-ink-2 max-lg:hidden" title={target.health?.sentence}>
                {target.is_enabled ? target.health?.sentence : 'It is not looked at while it is disabled.'}
              </Td>
            </Tr>
          );
        })}
      </tbody>
    </Table>
  );
}
