import { useQuery } from '@tanstack/react-query';
import { useMay } from '@/api/queries/me';
import { overviewQuery } from '@/api/queries/overview';
import { usePageContext } from '@/shell/pageContext';
import { Page, PageBody, PageHeader } from '@/ui/PageHeader';
import { ErrorState } from '@/ui/states';
import { Ask } from './Ask';
import { NeedsYou } from './NeedsYou';
import { Recent } from './Recent';
import { TargetsHealth } from './TargetsHealth';

/** What needs a person, how things are, what happened, and a place to ask. */
export function DashboardPage() {
  usePageContext({ resource_type: 'dashboard', resource_ids: [], title: 'Overview' });
  const overview = useQuery(overviewQuery);
  const mayChat = useMay('ai:chat');
  return (
    <Page>
      <PageHeader title="Overview" />
      <PageBody>
        <div className="mx-auto flex max-w-5xl flex-col px-6 pb-10 max-sm:px-4">
          {mayChat && <Ask />}
          {overview.error && !overview.data ? (
            <ErrorState problem={overview.error} onRetry={() => void overview.refetch()} />
          ) : (
            <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] gap-x-10 max-lg:grid-cols-1">
              <div className="min-w-0">
                <NeedsYou overview={overview.data} />
                <Recent runs={overview.data?.recent} />
              </div>
              <TargetsHealth />
            </div>
          )}
        </div>
      </PageBody>
    </Page>
  );
}
