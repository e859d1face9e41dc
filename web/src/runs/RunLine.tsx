import { Link } from '@tanstack/react-router';
import type { ListedRun } from '@/api/queries/runs';
import { pieces } from '@/blocks/Shown';
import { Duration, RelativeTime } from '@/ui/Time';
import { RunStatusNow } from './words';

type RunLineProps = {
  run: ListedRun;
  status: ListedRun['status'];
  isStopping: boolean;
  asker: string;
  isOwn: boolean;
  to: number | null;
};

/** Under the title: how it stands, who asked, when, how long, and where it belongs. */
export function RunLine({ run, status, isStopping, asker, isOwn, to }: RunLineProps) {
  const link = 'text-accent-text underline-offset-2 hover:underline';
  return (
    <div className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-4 gap-y-0.5 border-b px-4 py-1.5 text-sm">
      <span role="status">
        <RunStatusNow status={status} isStopping={isStopping} />
      </span>
      <span className="text-ink-2">{pieces(asker)}</span>
      <span className="text-ink-3">
        <RelativeTime when={run.created_at} />, <Duration from={run.created_at} to={to} />
      </span>
      <span className="ml-auto flex gap-4 max-sm:ml-0">
        {run.session_id && isOwn && (
          <Link to="/sessions/$id" params={{ id: run.session_id }} className={link}>
            Conversation
          </Link>
        )}
        <Link to="/audit" search={{ run: run.id }} className={link}>
          Audit log
        </Link>
      </span>
    </div>
  );
}
