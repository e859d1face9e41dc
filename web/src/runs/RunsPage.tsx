import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Clock, ListFilter, Plus, X } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useTableKeys } from '@/actions/useTableKeys';
import { useMay } from '@/api/queries/me';
import { type ListedRun, runsQuery } from '@/api/queries/runs';
import { targetsQuery } from '@/api/queries/targets';
import { usePageContext } from '@/shell/pageContext';
import { useMedia } from '@/shell/useMedia';
import { Button, buttonLook } from '@/ui/Button';
import { FilterBar } from '@/ui/FilterBar';
import { Menu } from '@/ui/Menu';
import { Page, PageHeader, Toolbar } from '@/ui/PageHeader';
import { SearchInput } from '@/ui/SearchInput';
import { SkeletonRows } from '@/ui/Skeleton';
import { EmptyState, ErrorState, FilteredEmpty, InlineError } from '@/ui/states';
import { VirtualTable } from '@/ui/VirtualTable';
import { runColumns } from './runColumns';
import { type RunsSearch, readRunsSearch, SINCE, statusesOf, toServer } from './search';
import { RUN_STATUSES } from './states';
import { RUN_LOOKS } from './words';

const route = getRouteApi('/runs/');
/** Words are searched for when a person stops typing for so long. */
const PAUSE = 300;

/** Every piece of work, newest first, live. */
export function RunsPage() {
  const search: RunsSearch = route.useSearch();
  const navigate = useNavigate();
  const isNarrow = useMedia('(max-width: 767.98px)');
  const seesAll = useMay('approval:decide');
  usePageContext({ resource_type: 'run', resource_ids: [], title: 'Runs' });
  useTableKeys('runs.enter', 'Go into the list of runs');
  const text = JSON.stringify(search);
  // A span such as "the last hour" begins when it is chosen, so that pages belong together.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the search
  const asked = useMemo(() => toServer(search, new Date()), [text]);
  const { data, error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery(
    runsQuery(asked),
  );
  const targets = useQuery(targetsQuery);
  const runs = (data?.pages ?? []).flatMap((page) => page.items);
  const setSearch = (change: Record<string, string | undefined>) =>
    void navigate({ to: '/runs', search: (before) => readRunsSearch({ ...before, ...change }), replace: true });
  const clear = () => void navigate({ to: '/runs', search: {} });
  const isFiltered = Object.keys(search).length > 0;

  return (
    <Page>
      <PageHeader title="Runs" detail={!seesAll && 'Yours'} />
      <Toolbar label="Filters">
        <Words value={search.q ?? ''} onChange={(q) => setSearch({ q: q || undefined })} />
        <StatusFilter search={search} onChange={(status) => setSearch({ status })} />
        <FilterBar
          filters={[
            {
              id: 'target',
              label: 'Target',
              options: names(targets.data?.map((target) => target.name) ?? [], search.target),
              value: search.target ?? null,
            },
            {
              id: 'since',
              label: 'Time',
              options: Object.entries(SINCE).map(([value, label]) => ({ value, label })),
              value: search.since ?? null,
            },
          ].filter((filter) => filter.options.length > 0)}
          onChange={(id, value) => setSearch({ [id]: value ?? undefined })}
        />
      </Toolbar>
      {isPending ? (
        <SkeletonRows rows={12} label="Loading the runs" />
      ) : error && runs.length === 0 ? (
        <ErrorState problem={error} onRetry={() => void refetch()} />
      ) : runs.length === 0 && !hasNextPage ? (
        isFiltered ? (
          <FilteredEmpty title="No run matches these filters." onClear={clear} />
        ) : (
          <EmptyState
            icon={<Clock />}
            title="Nothing has been asked for yet."
            action={
              <button
                type="button"
                className={buttonLook({ variant: 'primary' })}
                onClick={() => void navigate({ to: '/sessions' })}
              >
                Ask the assistant
              </button>
            }
          >
            Each question to the assistant and each call made by hand becomes a run.
          </EmptyState>
        )
      ) : (
        <VirtualTable<ListedRun>
          label="Runs"
          rows={runs}
          columns={runColumns(isNarrow, runs)}
          rowKey={(run) => run.id}
          rowHeight={isNarrow ? 64 : 36}
          onOpen={(run) => void navigate({ to: '/runs/$id', params: { id: run.id } })}
          onEndReached={() => hasNextPage && !isFetchingNextPage && !error && void fetchNextPage()}
          className={isNarrow ? '[&_[role=row]:has([role=columnheader])]:sr-only' : undefined}
          footer={
            <div role="status" className="px-4 py-3 text-xs text-ink-3">
              {error ? (
                <span className="flex items-center gap-2">
                  <InlineError problem={error} />
                  <Button size="sm" onClick={() => void fetchNextPage()}>
                    Try again
                  </Button>
                </span>
              ) : hasNextPage ? (
                'Looking for older runs…'
              ) : (
                'That is all.'
              )}
            </div>
          }
        />
      )}
    </Page>
  );
}

const names = (known: string[], value: string | undefined) =>
  [...new Set([...known, ...(value ? [value] : [])])].map((one) => ({ value: one, label: one }));

function Words({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each key begins the pause anew
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <SearchInput label="Search runs" value={text} onChange={setText} isPageSearch className="w-56 max-sm:w-full" />
  );
}

/** Any number of states at once. */
function StatusFilter({ search, onChange }: { search: RunsSearch; onChange: (status: string | undefined) => void }) {
  const chosen = statusesOf(search);
  const toggle = (status: (typeof chosen)[number]) => {
    const next = chosen.includes(status) ? chosen.filter((one) => one !== status) : [...chosen, status];
    onChange(next.length > 0 ? RUN_STATUSES.filter((one) => next.includes(one)).join(',') : undefined);
  };
  const words = chosen.map((status) => RUN_LOOKS[status].word).join(', ');
  return (
    <span
      className="inline-flex h-7 items-center rounded-md border border-line-strong text-sm data-[unset=true]:border-dashed"
      data-unset={chosen.length === 0}
    >
      <Menu
        align="start"
        trigger={
          <button
            type="button"
            className="flex h-full items-center gap-1 rounded-md px-2 text-ink-2 hover:bg-hover hover:text-ink"
          >
            {chosen.length === 0 ? (
              <Plus aria-hidden="true" className="size-3" />
            ) : (
              <ListFilter aria-hidden="true" className="size-3" />
            )}
            Status{words && <span className="text-ink">{words}</span>}
          </button>
        }
        items={RUN_STATUSES.map((status) => ({
          label: RUN_LOOKS[status].word,
          isChecked: chosen.includes(status),
          onSelect: () => toggle(status),
        }))}
      />
      {chosen.length > 0 && (
        <button
          type="button"
          aria-label="Clear the filter Status"
          onClick={() => onChange(undefined)}
          className="flex h-full w-6 items-center justify-center rounded-r-md text-ink-3 hover:bg-hover hover:text-ink"
        >
          <X className="size-3.5" />
        </button>
      )}
    </span>
  );
}
