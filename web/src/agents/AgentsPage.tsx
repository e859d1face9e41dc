import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Server as ServerIcon } from 'lucide-react';
import { useState } from 'react';
import { type ListedServer, serversQuery, targetsQuery } from '@/api/queries/targets';
import type { TargetView } from '@/api/schema';
import { usePageContext } from '@/shell/pageContext';
import { Badge } from '@/ui/Badge';
import { plural } from '@/ui/format';
import { Page, PageBody, PageHeader, Toolbar } from '@/ui/PageHeader';
import { SearchInput } from '@/ui/SearchInput';
import { SkeletonRows } from '@/ui/Skeleton';
import { EmptyState, ErrorState, FilteredEmpty } from '@/ui/states';
import { AddTarget } from './AddTarget';
import { TargetTable } from './TargetTable';

/** All servers with the targets on each. */
export function AgentsPage() {
  usePageContext({ resource_type: 'agents', resource_ids: [], title: 'Servers' });
  const servers = useQuery(serversQuery);
  const targets = useQuery(targetsQuery);
  const [text, setText] = useState('');
  const failed = servers.error ?? targets.error;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = (targets.data ?? []).filter((target) =>
    words.every((word) => `${target.name} ${target.plugin} ${target.environment}`.toLowerCase().includes(word)),
  );
  const home = servers.data?.find((server) => server.is_control_plane) ?? servers.data?.[0];
  return (
    <Page>
      <PageHeader
        title="Servers"
        detail={targets.data && plural(targets.data.length, 'target')}
        actions={home && <AddTarget serverId={home.id} />}
      />
      <Toolbar label="Find targets">
        <SearchInput label="Search targets" value={text} onChange={setText} isPageSearch />
      </Toolbar>
      <PageBody>
        {failed ? (
          <ErrorState
            problem={failed}
            onRetry={() => {
              void servers.refetch();
              void targets.refetch();
            }}
          />
        ) : !servers.data || !targets.data ? (
          <SkeletonRows rows={6} label="Loading servers" />
        ) : words.length > 0 && shown.length === 0 ? (
          <FilteredEmpty title="No target matches." onClear={() => setText('')} />
        ) : (
          servers.data.map((server) => (
            <OfServer
              key={server.id}
              server={server}
              targets={shown.filter((target) => target.server_id === server.id)}
              isFiltered={words.length > 0}
            />
          ))
        )}
      </PageBody>
    </Page>
  );
}

type OfServerProps = { server: ListedServer; targets: TargetView[]; isFiltered: boolean };

function OfServer({ server, targets, isFiltered }: OfServerProps) {
  if (isFiltered && targets.length === 0) return null;
  return (
    <section aria-label={server.name} className="pb-4">
      <header className="flex h-11 items-center gap-2 border-b bg-sunken px-4">
        <ServerIcon aria-hidden="true" className="size-4 text-ink-3" />
        <h2 className="text-sm font-semibold">
          <Link to="/agents/$serverId" params={{ serverId: server.id }} className="underline-offset-2 hover:underline">
            {server.name}
          </Link>
        </h2>
        {server.is_control_plane && <Badge>control plane</Badge>}
      </header>
      {targets.length === 0 ? (
        <EmptyState className="py-8" title="There are no targets on this server." />
      ) : (
        <TargetTable targets={targets} label={`Targets on ${server.name}`} />
      )}
    </section>
  );
}
