import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { byNeed, healthLook } from '@/agents/health';
import { metricsQuery } from '@/api/queries/overview';
import { serversQuery, targetsQuery } from '@/api/queries/targets';
import type { TargetView } from '@/api/schema';
import { EnvironmentBadge } from '@/calls/EnvironmentBadge';
import { buttonLook } from '@/ui/Button';
import { SkeletonRows } from '@/ui/Skeleton';
import { Sparkline } from '@/ui/Sparkline';
import { StatusDot } from '@/ui/StatusDot';
import { ErrorState } from '@/ui/states';
import { Panel, panelLink } from './Panel';
import { readoutOf } from './readout';

/** Targets before one goes to the page of all. */
const MOST = 12;
/** How far back the small charts look. */
const MINUTES = 60;

export function TargetsHealth() {
  const targets = useQuery(targetsQuery);
  const servers = useQuery(serversQuery);
  const listed = (targets.data ?? []).filter((target) => target.is_enabled).sort(byNeed);
  const serverName = (id: string) => servers.data?.find((server) => server.id === id)?.name;
  return (
    <Panel
      title="Servers and targets"
      link={
        <Link to="/agents" className={panelLink}>
          {listed.length > MOST ? `All ${listed.length} targets` : 'All servers'}
        </Link>
      }
    >
      {targets.isPending ? (
        <SkeletonRows rows={4} />
      ) : targets.error ? (
        <ErrorState problem={targets.error} onRetry={() => void targets.refetch()} />
      ) : (
        <ul>
          {listed.slice(0, MOST).map((target) => (
            <Row key={target.id} target={target} server={serverName(target.server_id)} />
          ))}
        </ul>
      )}
      {listed.length === 1 && (
        <div className="flex items-center justify-between gap-3 py-3 text-sm text-ink-2">
          <p>This machine is the first target. Add a database to ask about it.</p>
          <Link to="/agents" className={buttonLook({ size: 'sm' })}>
            Add a target
          </Link>
        </div>
      )}
    </Panel>
  );
}

function Row({ target, server }: { target: TargetView; server: string | undefined }) {
  const series = useQuery(metricsQuery({ target_id: target.id, minutes: MINUTES }));
  const readout = readoutOf(series.data ?? []);
  const health = healthLook(target);
  return (
    <li className="flex items-center gap-3 border-b border-line/70 py-2.5 text-sm last:border-b-0">
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-2">
          <Link
            to="/agents/$serverId/$targetId"
            params={{ serverId: target.server_id, targetId: target.id }}
            className="truncate font-medium underline-offset-2 hover:underline"
          >
            {target.name}
          </Link>
          <EnvironmentBadge environment={target.environment} />
        </p>
        <p className="truncate text-xs text-ink-3">
          {[[target.plugin, target.health?.version].filter(Boolean).join(' '), server].filter(Boolean).join(' · ')}
        </p>
      </div>
      {readout && (
        <span className="flex items-center gap-2 max-sm:hidden">
          <Sparkline
            values={readout.values}
            label={`${readout.name} of ${target.name} over the last hour`}
            min={0}
            width={48}
          />
          <span className="num w-24 text-right text-xs whitespace-nowrap text-ink-2">
            {readout.last} <span className="text-ink-3">{readout.name}</span>
          </span>
        </span>
      )}
      <span title={target.health?.sentence} className="w-20 shrink-0">
        <StatusDot tone={health.tone} label={health.word} />
      </span>
    </li>
  );
}
