import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ArrowUp, Download } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useActions } from '@/actions/registry';
import { useTableKeys } from '@/actions/useTableKeys';
import { newerEntriesQuery } from '@/api/queries/audit';
import { useMay, useMe } from '@/api/queries/me';
import type { AuditEntry } from '@/api/schema';
import { useLive } from '@/live/useLive';
import { usePageContext } from '@/shell/pageContext';
import { Button } from '@/ui/Button';
import { Menu } from '@/ui/Menu';
import { Page, PageHeader, Toolbar } from '@/ui/PageHeader';
import { SkeletonRows } from '@/ui/Skeleton';
import { EmptyState, ErrorState, FilteredEmpty, NoPermission } from '@/ui/states';
import { Tabs } from '@/ui/Tabs';
import { AuditStatistics } from './AuditStatistics';
import { AuditTable } from './AuditTable';
import { ChainState } from './ChainState';
import { EntrySheet } from './EntrySheet';
import { FilterField } from './FilterField';
import { type AuditFilter, exportAddress, fromAddress, isEmpty, toServer, written } from './filter';
import type { AuditSearch } from './search';
import { useAuditPages } from './useAuditPages';
import { ViewsMenu } from './ViewsMenu';

const route = getRouteApi('/audit');

export function AuditPage() {
  const me = useMe();
  const mayRead = useMay('audit:read');
  usePageContext({ resource_type: 'audit', resource_ids: [], title: 'Audit log' });
  if (me && !mayRead) {
    return (
      <Page>
        <PageHeader title="Audit log" />
        <NoPermission what="the audit log" permission="audit:read" />
      </Page>
    );
  }
  return <Log />;
}

/** Hints come with each entry; the list of newer ones is counted at most this often. */
const COUNT_EVERY = 1500;

function Log() {
  const search: AuditSearch = route.useSearch();
  const navigate = route.useNavigate();
  const filter = useMemo(() => fromAddress(search), [search]);
  const text = written(filter);
  const [opened, setOpened] = useState(1);
  // Times such as `7d` count from when the filter was set, or the log looked at anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the filter
  const query = useMemo(() => toServer(filter, new Date()), [text, opened]);
  const pages = useAuditPages(query, opened);
  const [row, setRow] = useState<number | null>(null);
  const first = pages.rowAt(0);
  const newer = useNewer(query, first?.number);
  const actors = useActors(pages.rowAt, pages.count);

  const setFilter = useCallback(
    (next: AuditFilter) => {
      setRow(null);
      void navigate({ search: next, replace: false });
    },
    [navigate],
  );
  const open = (entry: number | undefined, at: number | null) => {
    setRow(at);
    void navigate({ search: (before: AuditSearch) => ({ ...before, entry }), replace: true });
  };
  const number = search.entry ?? null;
  const at = number === null ? null : rowOf(pages.rowAt, pages.count, number, row);
  const neighbour = (step: 1 | -1) => {
    if (at !== null) {
      const entry = pages.rowAt(at + step);
      return entry ? () => open(entry.number, at + step) : null;
    }
    // Not in the list (a link from elsewhere): without filters numbers have no gaps.
    const next = number === null ? 0 : number - step;
    return number !== null && next > 0 && isEmpty(filter) && (step > 0 || (first && next <= first.number))
      ? () => open(next, null)
      : null;
  };
  useTableKeys('audit.enter', 'Go into the list of entries', () => number === null);
  const [older, newerOne] = [neighbour(1), neighbour(-1)];
  useActions([
    {
      id: 'audit.older',
      name: 'Go to the older entry',
      group: 'This page',
      shortcut: 'j',
      isKeyOnly: true,
      when: () => number !== null && older !== null,
      perform: () => older?.(),
    },
    {
      id: 'audit.newer',
      name: 'Go to the newer entry',
      group: 'This page',
      shortcut: 'k',
      isKeyOnly: true,
      when: () => number !== null && newerOne !== null,
      perform: () => newerOne?.(),
    },
  ]);

  const isStatistics = search.view === 'statistics';
  const look = `${opened} ${text}`;
  const isFirstLoad = pages.count === 0 && pages.hasMore && !pages.problem && !pages.isPaused;
  return (
    <Page>
      <PageHeader
        title="Audit log"
        actions={
          <>
            <ChainState newest={first?.number} />
            <ExportMenu filter={filter} />
          </>
        }
        tabs={
          <Tabs
            label="Views of the audit log"
            tabs={[
              { value: 'entries', label: 'Entries' },
              { value: 'statistics', label: 'Statistics' },
            ]}
            value={isStatistics ? 'statistics' : 'entries'}
            onChange={(value) =>
              void navigate({
                search: (before: AuditSearch) => ({
                  ...before,
                  entry: undefined,
                  view: value === 'statistics' ? 'statistics' : undefined,
                }),
              })
            }
          />
        }
      />
      {isStatistics ? (
        <AuditStatistics
          days={search.days ?? 30}
          onDays={(days) =>
            void navigate({
              search: (before: AuditSearch) => ({ ...before, days: days === 30 ? undefined : days }),
              replace: true,
            })
          }
          onFilter={setFilter}
        />
      ) : (
        <>
          <Toolbar label="Filters">
            <FilterField filter={filter} onChange={setFilter} actors={actors} />
            <ViewsMenu filter={filter} onChange={setFilter} />
          </Toolbar>
          <div className="relative flex min-h-0 flex-1 flex-col">
            {newer > 0 && (
              <Button
                size="sm"
                variant="primary"
                icon={<ArrowUp />}
                className="absolute top-10 left-1/2 z-20 -translate-x-1/2 rounded-full shadow-float"
                onClick={() => setOpened(opened + 1)}
              >
                {newer >= 100 ? 'Over 100 newer entries' : newer === 1 ? '1 newer entry' : `${newer} newer entries`}
              </Button>
            )}
            <p role="status" className="sr-only">
              {newer > 0 ? 'There are newer entries.' : ''}
            </p>
            {isFirstLoad ? (
              <SkeletonRows rows={14} label="Loading the audit log" />
            ) : pages.count === 0 && pages.problem ? (
              <ErrorState problem={pages.problem} onRetry={pages.retry} />
            ) : pages.count === 0 && !pages.isPaused ? (
              isEmpty(filter) ? (
                <EmptyState title="Nothing has happened yet.">
                  Every sign-in, decision and call will be listed here.
                </EmptyState>
              ) : (
                <FilteredEmpty title="No entry matches these filters." onClear={() => setFilter({})} />
              )
            ) : (
              <AuditTable
                pages={pages}
                look={look}
                selected={number}
                onOpen={(entry, index) => open(entry.number, index)}
              />
            )}
          </div>
        </>
      )}
      <EntrySheet
        number={number}
        listed={at === null ? null : pages.rowAt(at)}
        onClose={() => open(undefined, null)}
        onOpen={(entry) => open(entry, null)}
        onNext={older}
        onPrevious={newerOne}
        onFilter={setFilter}
      />
    </Page>
  );
}

function ExportMenu({ filter }: { filter: AuditFilter }) {
  const save = (format: 'csv' | 'jsonl') => {
    const link = document.createElement('a');
    link.href = exportAddress(filter, format, new Date());
    link.download = '';
    link.click();
  };
  return (
    <Menu
      trigger={
        <Button size="sm" icon={<Download />}>
          <span className="max-sm:sr-only">Export</span>
        </Button>
      }
      items={[
        { heading: isEmpty(filter) ? 'The whole log' : 'Entries that match the filters' },
        { label: 'As CSV, for a spreadsheet', onSelect: () => save('csv') },
        { label: 'As JSON Lines, with everything', onSelect: () => save('jsonl') },
      ]}
    />
  );
}

/** How many entries came since the list was opened. */
function useNewer(query: Record<string, string>, newest: number | undefined): number {
  const { data, refetch } = useQuery({ ...newerEntriesQuery(query, newest), placeholderData: keepPreviousData });
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useLive({ type: 'audit:subscribe' }, () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void refetch();
    }, COUNT_EVERY);
  });
  return data ?? 0;
}

/** The row of an entry: where it was opened, or among the first ones. */
function rowOf(
  rowAt: (index: number) => AuditEntry | null,
  count: number,
  number: number,
  hint: number | null,
): number | null {
  if (hint !== null && rowAt(hint)?.number === number) return hint;
  for (let index = 0; index < Math.min(count, 400); index += 1) if (rowAt(index)?.number === number) return index;
  return null;
}

/** Names of people among the first entries: enough to offer those who are there. */
function useActors(rowAt: (index: number) => AuditEntry | null, count: number): string[] {
  const isThere = count > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the first page has come
  return useMemo(() => {
    const names = new Set<string>();
    for (let index = 0; index < Math.min(count, 200); index += 1) {
      const name = rowAt(index)?.body?.user_name;
      if (name) names.add(name);
    }
    return [...names].sort();
  }, [isThere]);
}
