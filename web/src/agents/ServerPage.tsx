import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { serversQuery, targetsQuery } from '@/api/queries/targets';
import { usePageContext } from '@/shell/pageContext';
import { Badge } from '@/ui/Badge';
import { Page, PageBody, PageHeader } from '@/ui/PageHeader';
import { SkeletonRows } from '@/ui/Skeleton';
import { EmptyState, ErrorState } from '@/ui/states';
import { AddTarget } from './AddTarget';
import { MetricCharts } from './MetricCharts';
import { TargetTable } from './TargetTable';

/** One machine: how it is, and what is operated on it. */
export function ServerPage({ serverId }: { serverId: string }) {
  const servers = useQuery(serversQuery);
  const targets = useQuery(targetsQuery);
  const server = servers.data?.find((each) => each.id === serverId);
  usePageContext(server ? { resource_type: 'server', resource_ids: [serverId], title: server.name } : null);
  const here = (targets.data ?? []).filter((target) => target.server_id === serverId);
  const machine = here.find((target) => target.plugin === 'host' && target.is_enabled);
  const failed = servers.error ?? targets.error;
  return (
    <Page>
      <PageHeader
        before={
          <Link to="/agents" className="text-sm text-ink-3 underline-offset-2 hover:text-ink hover:underline">
            Servers
          </Link>
        }
        title={server?.name ?? 'Server'}
        detail={server?.is_control_plane && <Badge>control plane</Badge>}
        actions={server && <AddTarget serverId={serverId} />}
      />
      <PageBody>
        {failed ? (
          <ErrorState problem={failed} onRetry={() => void servers.refetch()} />
        ) : servers.isPending || targets.isPending ? (
          <SkeletonRows rows={6} label="Loading the server" />
        ) : !server ? (
          <EmptyState title="There is no such server." action={<Link to="/agents">All servers</Link>} />
        ) : (
          <>
            <TargetTable targets={here} label={`Targets on ${server.name}`} />
            {machine && (
              <div className="px-4 py-6">
                <MetricCharts targetId={machine.id} />
              </div>
            )}
          </>
        )}
      </PageBody>
    </Page>
  );
}
