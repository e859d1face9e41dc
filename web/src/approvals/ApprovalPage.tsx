import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { approvalQuery } from '@/api/queries/approvals';
import { useMe } from '@/api/queries/me';
import { ApprovalCard } from '@/calls/ApprovalCard';
import { questionOfApproval } from '@/calls/question';
import { usePageContext } from '@/shell/pageContext';
import { PageBody } from '@/ui/PageHeader';
import { Skeleton } from '@/ui/Skeleton';
import { ErrorState } from '@/ui/states';
import { useQueued } from './useQueued';

/** One question with all that is needed to answer it. */
export function ApprovalPage({ id }: { id: string }) {
  const queued = useQueued(id);
  const { data, error, refetch } = useQuery(approvalQuery(id));
  const me = useMe();
  const view = data ?? queued;
  usePageContext({ resource_type: 'approval', resource_ids: [id], ...(view ? { title: view.plan.summary } : {}) });
  if (!view) {
    return error ? (
      <ErrorState problem={error} onRetry={() => void refetch()} className="my-auto" />
    ) : (
      <div role="status" aria-label="Loading the question" className="flex flex-col gap-4 p-6">
        <Skeleton className="w-2/3" />
        <Skeleton className="w-1/3" />
        <Skeleton className="h-32 w-full" />
      </div>
    );
  }
  const look = 'text-accent-text underline-offset-2 hover:underline';
  return (
    <PageBody>
      <div className="mx-auto max-w-3xl p-4 md:px-6 md:py-5">
        <ApprovalCard key={id} approval={questionOfApproval(view)} density="page" />
        <nav aria-label="Where this comes from" className="mt-5 flex flex-wrap gap-x-4 gap-y-1 border-t pt-3 text-sm">
          <Link to="/runs/$id" params={{ id: view.run_id }} search={{ step: view.execution_id }} className={look}>
            Its step in the run
          </Link>
          {view.session_id && view.requested_by === me?.user.id && (
            <Link to="/sessions/$id" params={{ id: view.session_id }} className={look}>
              The conversation
            </Link>
          )}
          <Link to="/audit" search={{ run: view.run_id }} className={look}>
            Everything of this run in the audit log
          </Link>
        </nav>
      </div>
    </PageBody>
  );
}
