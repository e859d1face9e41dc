import { Link } from '@tanstack/react-router';
import type { RunView } from '@/api/schema';
import { RunStatusMark } from '@/runs/words';
import { SkeletonRows } from '@/ui/Skeleton';
import { RelativeTime } from '@/ui/Time';
import { Panel, panelLink } from './Panel';

export function Recent({ runs }: { runs: RunView[] | undefined }) {
  return (
    <Panel
      title="Recent activity"
      link={
        <Link to="/runs" className={panelLink}>
          All runs
        </Link>
      }
    >
      {runs === undefined ? (
        <SkeletonRows rows={4} />
      ) : runs.length === 0 ? (
        <p className="py-4 text-sm text-ink-2">Nothing has been asked yet.</p>
      ) : (
        <ul>
          {runs.map((run) => (
            <Row key={run.id} run={run} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Row({ run }: { run: RunView }) {
  return (
    <li className="flex h-9 items-center gap-3 border-b border-line/70 text-sm last:border-b-0">
      <Link
        to="/runs/$id"
        params={{ id: run.id }}
        className="min-w-0 flex-1 truncate underline-offset-2 hover:underline"
        title={run.title}
      >
        {run.title}
      </Link>
      <RunStatusMark status={run.status} />
      <RelativeTime when={run.created_at} look="short" className="w-16 shrink-0 text-right text-xs text-ink-3" />
    </li>
  );
}
