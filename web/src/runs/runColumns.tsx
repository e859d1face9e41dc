import { Link } from '@tanstack/react-router';
import { MessagesSquare } from 'lucide-react';
import { useMe } from '@/api/queries/me';
import type { ListedRun } from '@/api/queries/runs';
import { pieces } from '@/blocks/Shown';
import { formatDateTime, formatNumber } from '@/ui/format';
import { Duration, RelativeTime } from '@/ui/Time';
import type { VirtualColumn } from '@/ui/VirtualTable';
import { isOver } from './states';
import { RunStatusMark } from './words';

/** The list's columns. What the server does not tell has none. */
export function runColumns(isNarrow: boolean, runs: ListedRun[]): VirtualColumn<ListedRun>[] {
  if (isNarrow) return [{ id: 'run', header: 'Run', width: 'minmax(0,1fr)', cell: (run) => <NarrowRun run={run} /> }];
  const hasTargets = runs.some((run) => run.targets);
  const hasCalls = runs.some((run) => run.counts);
  return [
    { id: 'status', header: 'Status', width: '7rem', cell: (run) => <RunStatusMark status={run.status} /> },
    { id: 'title', header: 'What', width: 'minmax(14rem,1fr)', cell: (run) => <Title run={run} /> },
    { id: 'who', header: 'Who', width: '8rem', cell: (run) => <Who run={run} /> },
    ...(hasTargets
      ? [
          {
            id: 'targets',
            header: 'Targets',
            width: '9rem',
            cell: (run: ListedRun) => <span className="text-ink-2">{run.targets?.join(', ')}</span>,
          },
        ]
      : []),
    ...(hasCalls
      ? [
          {
            id: 'calls',
            header: 'Calls',
            width: '3.5rem',
            isNumber: true,
            cell: (run: ListedRun) => formatNumber(run.counts?.executions ?? 0),
          },
        ]
      : []),
    {
      id: 'started',
      header: 'Started',
      width: '9rem',
      cell: (run) => (
        <span title={formatDateTime(run.created_at)}>
          <RelativeTime when={run.created_at} className="text-ink-2" />
        </span>
      ),
    },
    { id: 'duration', header: 'Took', width: '6rem', isNumber: true, cell: (run) => <Took run={run} /> },
    {
      id: 'session',
      header: <span className="sr-only">Session</span>,
      width: '2.75rem',
      cell: (run) => <SessionLink run={run} />,
    },
  ];
}

const Took = ({ run }: { run: ListedRun }) => (
  <Duration from={run.created_at} to={isOver(run.status) ? run.updated_at : null} className="text-ink-2" />
);

/** A link too, so that it opens in another tab; a click on the row does the same. */
function Title({ run }: { run: ListedRun }) {
  return (
    <Link
      to="/runs/$id"
      params={{ id: run.id }}
      tabIndex={-1}
      onClick={(event) => event.stopPropagation()}
      className="hover:underline"
    >
      {pieces(run.title)}
    </Link>
  );
}

function Who({ run }: { run: ListedRun }) {
  const me = useMe();
  const isOwn = me?.user.id === run.user_id;
  return (
    <span className="text-ink-2">
      {run.user_name ? (
        pieces(run.user_name)
      ) : isOwn ? (
        me?.user.name
      ) : (
        <span className="font-mono text-xs text-ink-3">{run.user_id.slice(0, 8)}</span>
      )}
    </span>
  );
}

function SessionLink({ run }: { run: ListedRun }) {
  const me = useMe();
  if (!run.session_id || me?.user.id !== run.user_id) return null;
  return (
    <Link
      to="/sessions/$id"
      params={{ id: run.session_id }}
      aria-label="Open the conversation"
      title="Open the conversation"
      tabIndex={-1}
      onClick={(event) => event.stopPropagation()}
      className="inline-flex size-6 items-center justify-center rounded text-ink-3 hover:bg-selected hover:text-ink"
    >
      <MessagesSquare aria-hidden="true" className="size-3.5" />
    </Link>
  );
}

function NarrowRun({ run }: { run: ListedRun }) {
  return (
    <span className="flex flex-col gap-1 py-1">
      <span className="truncate font-medium">{pieces(run.title)}</span>
      <span className="flex items-center gap-2 text-xs text-ink-3">
        <RunStatusMark status={run.status} />
        <span className="truncate">
          {run.user_name && pieces(run.user_name)} {run.targets?.join(', ')}
        </span>
        <span className="ml-auto whitespace-nowrap">
          <RelativeTime when={run.created_at} /> · <Took run={run} />
        </span>
      </span>
    </span>
  );
}
