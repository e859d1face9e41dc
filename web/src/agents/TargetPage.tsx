import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { healthQuery, targetQuery } from '@/api/queries/agents';
import { serversQuery } from '@/api/queries/targets';
import type { TargetView } from '@/api/schema';
import { EnvironmentBadge } from '@/calls/EnvironmentBadge';
import { usePageContext } from '@/shell/pageContext';
import { Button } from '@/ui/Button';
import { Page, PageBody, PageHeader } from '@/ui/PageHeader';
import { SkeletonRows } from '@/ui/Skeleton';
import { StatusDot } from '@/ui/StatusDot';
import { ErrorState } from '@/ui/states';
import { Tabs } from '@/ui/Tabs';
import { healthLook } from './health';
import { MetricCharts } from './MetricCharts';
import { TargetActions } from './TargetActions';
import { TargetSettings } from './TargetSettings';
import { TargetTools } from './TargetTools';

type View = 'overview' | 'tools' | 'settings';

/** One target: how it is, what can be done to it, how it is set up. */
export function TargetPage({ serverId, targetId }: { serverId: string; targetId: string }) {
  const target = useQuery(targetQuery(serverId, targetId));
  const server = useQuery(serversQuery).data?.find((each) => each.id === serverId);
  const [view, setView] = useState<View>('overview');
  usePageContext(target.data ? { resource_type: 'target', resource_ids: [targetId], title: target.data.name } : null);
  return (
    <Page>
      <PageHeader
        before={
          <Link
            to="/agents/$serverId"
            params={{ serverId }}
            className="max-w-40 truncate text-sm text-ink-3 underline-offset-2 hover:text-ink hover:underline max-sm:hidden"
          >
            {server?.name ?? 'Server'}
          </Link>
        }
        title={target.data?.name ?? 'Target'}
        detail={target.data && <EnvironmentBadge environment={target.data.environment} />}
        actions={target.data && <TargetActions target={target.data} />}
        tabs={
          target.data && (
            <Tabs
              label="About this target"
              value={view}
              onChange={setView}
              tabs={[
                { value: 'overview', label: 'Overview' },
                { value: 'tools', label: 'Tools' },
                { value: 'settings', label: 'Settings' },
              ]}
            />
          )
        }
      />
      <PageBody>
        {target.isPending ? (
          <SkeletonRows rows={6} label="Loading the target" />
        ) : target.error ? (
          <ErrorState problem={target.error} onRetry={() => void target.refetch()} />
        ) : view === 'tools' ? (
          <TargetTools target={target.data} />
        ) : view === 'settings' ? (
          <TargetSettings target={target.data} />
        ) : (
          <Overview target={target.data} />
        )}
      </PageBody>
    </Page>
  );
}

function Overview({ target }: { target: TargetView }) {
  const look = useQuery({ ...healthQuery(target.server_id, target.id), enabled: target.is_enabled });
  const health = look.data ?? target.health;
  const { tone, word } = healthLook({ health: health ?? null, is_enabled: target.is_enabled });
  return (
    <div className="flex flex-col gap-8 px-4 py-5">
      <section aria-label="Health" className="flex items-start gap-4">
        <div className="min-w-0 flex-1">
          <StatusDot tone={tone} label={word} className="text-base font-semibold" />
          <p className="mt-1 max-w-prose text-sm break-words text-ink-2">
            {target.is_enabled
              ? (health?.sentence ?? 'Looking…')
              : 'It is not looked at, and no tool reaches it, while it is disabled.'}
          </p>
          {look.error && <p className="mt-1 text-sm text-danger-text">{look.error.message}</p>}
        </div>
        {target.is_enabled && (
          <Button size="sm" isBusy={look.isFetching} onClick={() => void look.refetch()}>
            Look again
          </Button>
        )}
      </section>
      {target.is_enabled && <MetricCharts targetId={target.id} />}
    </div>
  );
}
