import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Archive, MessageSquarePlus, Plus } from 'lucide-react';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { useActions } from '@/actions/registry';
import { sessionsQuery } from '@/api/queries/sessions';
import { Button } from '@/ui/Button';
import { IconButton } from '@/ui/IconButton';
import { SearchInput } from '@/ui/SearchInput';
import { SkeletonRows } from '@/ui/Skeleton';
import { EmptyState, ErrorState, FilteredEmpty } from '@/ui/states';
import { Tabs } from '@/ui/Tabs';
import { SessionRow } from './SessionRow';
import { useSessionChanges } from './useSessionChanges';

type Status = 'active' | 'archived';

interface SessionListProps {
  /** The session that is open beside the list. */
  open: string | null;
  /** A session was chosen: closes the sheet that the list is in. */
  onOpen?: () => void;
  /** The place it is in has a heading and a button for a new session of its own. */
  isBare?: boolean;
  /** `/` searches here. */
  isPageSearch?: boolean;
}

/** All sessions of the person: search, tabs, rename, archive, delete; j and k move, Enter opens. */
export function SessionList({ open, onOpen, isBare = false, isPageSearch = false }: SessionListProps) {
  const navigate = useNavigate();
  const [status, setStatus] = useState<Status>('active');
  const [search, setSearch] = useState('');
  const q = useDeferredValue(search.trim());
  const list = useRef<HTMLUListElement>(null);
  const query = useInfiniteQuery({
    ...sessionsQuery(q ? { status, q } : { status }),
    placeholderData: keepPreviousData,
  });
  const changes = useSessionChanges((id) => {
    if (id === open) void navigate({ to: '/sessions' });
  });
  const sessions = query.data?.pages.flatMap((page) => page.items) ?? [];

  const move = (step: 1 | -1) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-session-row]') ?? [])];
    const focused = rows.indexOf(document.activeElement as HTMLElement);
    const from = focused >= 0 ? focused : rows.findIndex((row) => row.getAttribute('aria-current') === 'page');
    const next = rows[Math.min(Math.max(from + step, 0), rows.length - 1)];
    next?.focus();
  };
  useActions([
    {
      id: 'session.next',
      name: 'Next session in the list',
      group: 'Sessions',
      shortcut: 'j',
      isKeyOnly: true,
      perform: () => move(1),
    },
    {
      id: 'session.previous',
      name: 'Previous session in the list',
      group: 'Sessions',
      shortcut: 'k',
      isKeyOnly: true,
      perform: () => move(-1),
    },
  ]);

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      {!isBare && (
        <div className="flex h-12 shrink-0 items-center gap-2 border-b pr-2 pl-4">
          <h2 className="flex-1 text-base font-semibold">Sessions</h2>
          <IconButton label="New session" icon={<Plus />} onClick={() => void navigate({ to: '/sessions' })} />
        </div>
      )}
      <div className="shrink-0 px-3 py-2">
        <SearchInput label="Search sessions" value={search} onChange={setSearch} isPageSearch={isPageSearch} />
      </div>
      <Tabs
        label="Which sessions"
        value={status}
        onChange={setStatus}
        tabs={[
          { value: 'active', label: 'Active' },
          { value: 'archived', label: 'Archived' },
        ]}
      />
      <div className="min-h-0 flex-1 overflow-y-auto">
        {query.isPending ? (
          <SkeletonRows label="Loading sessions" />
        ) : query.error && sessions.length === 0 ? (
          <ErrorState problem={query.error} onRetry={() => void query.refetch()} />
        ) : sessions.length === 0 ? (
          <Nothing
            status={status}
            isFiltered={q !== ''}
            onClear={() => setSearch('')}
            onNew={() => void navigate({ to: '/sessions' })}
          />
        ) : (
          <ul ref={list} aria-label="Sessions">
            {sessions.map((session) => (
              <SessionRow
                key={session.id}
                session={session}
                isOpen={session.id === open}
                changes={changes}
                onOpen={onOpen}
              />
            ))}
          </ul>
        )}
        {query.hasNextPage && <More isLoading={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />}
      </div>
      {changes.dialog}
    </div>
  );
}

function Nothing({
  status,
  isFiltered,
  onClear,
  onNew,
}: {
  status: Status;
  isFiltered: boolean;
  onClear: () => void;
  onNew: () => void;
}) {
  if (isFiltered) return <FilteredEmpty title="No session matches." onClear={onClear} />;
  if (status === 'archived') return <EmptyState icon={<Archive />} title="Nothing is archived." />;
  return (
    <EmptyState
      icon={<MessageSquarePlus />}
      title="No sessions yet."
      action={<Button onClick={onNew}>Ask something</Button>}
    />
  );
}

/** Fetches the next page when it comes into view; also a button, for those who do not scroll. */
function More({ isLoading, onMore }: { isLoading: boolean; onMore: () => void }) {
  const mark = useRef<HTMLDivElement>(null);
  const latest = useRef(onMore);
  latest.current = onMore;
  useEffect(() => {
    if (!mark.current || isLoading) return;
    const watch = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && latest.current(),
    );
    watch.observe(mark.current);
    return () => watch.disconnect();
  }, [isLoading]);
  return (
    <div ref={mark} className="flex justify-center py-3">
      <Button size="sm" variant="ghost" isBusy={isLoading} onClick={onMore}>
        Show more
      </Button>
    </div>
  );
}
