import { getRouteApi, Outlet, useMatch, useNavigate } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useState } from 'react';
import { useMay, useMe } from '@/api/queries/me';
import type { ApprovalView } from '@/api/schema';
import { usePageContext } from '@/shell/pageContext';
import { useMedia } from '@/shell/useMedia';
import { Button } from '@/ui/Button';
import { Checkbox } from '@/ui/Checkbox';
import { FilterBar } from '@/ui/FilterBar';
import { IconButton } from '@/ui/IconButton';
import { Page, PageHeader } from '@/ui/PageHeader';
import { SplitPane } from '@/ui/SplitPane';
import { Tabs } from '@/ui/Tabs';
import { BulkDialog } from './BulkDialog';
import { DecidedList } from './DecidedList';
import { type ApprovalsSearch, type Decider, matches, mayApproveTogether, namesOf, OUTCOMES, RISKS } from './queue';
import { useQueue } from './useQueue';
import { WaitingList } from './WaitingList';

const route = getRouteApi('/approvals');

/** The queue, with the approval that is open beside it. */
export function ApprovalsPage() {
  const search: ApprovalsSearch = route.useSearch();
  const navigate = useNavigate();
  const openId = useMatch({ from: '/approvals/$id', shouldThrow: false })?.params.id ?? null;
  const isNarrow = useMedia('(max-width: 767.98px)');
  const me = useMe();
  const mayDecide = useMay('approval:decide');
  const decider: Decider | null = me ? { id: me.user.id, mayDecide } : null;
  const queue = useQueue();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  // What was selected when the dialog opened: it goes on showing those that are decided by then.
  const [bulk, setBulk] = useState<{ verb: 'approve' | 'reject'; views: ApprovalView[] } | null>(null);
  usePageContext(openId ? null : { resource_type: 'approval', resource_ids: [], title: 'Approvals' });

  const isDecided = search.tab === 'decided';
  const items = queue.items.filter((item) => matches(item.view, search, decider));
  const waiting = items.filter((item) => item.leftAt === null).map((item) => item.view);
  const all = queue.items.map((item) => item.view);
  // Only what still waits and is still shown can be decided together.
  const selected = waiting.filter((view) => chosen.has(view.id));
  const setSearch = (change: Partial<ApprovalsSearch>) =>
    void navigate({ to: '.', search: (before: ApprovalsSearch) => clean({ ...before, ...change }), replace: true });
  const clear = () =>
    setSearch({ risk: undefined, target: undefined, by: undefined, mine: undefined, outcome: undefined });
  const choice = (values: readonly string[], value: string | undefined) =>
    [...new Set([...values, ...(value ? [value] : [])])].map((one) => ({ value: one, label: one }));

  const list = (
    <>
      <div className="flex shrink-0 flex-col gap-2 border-b px-4 py-2">
        <FilterBar
          filters={[
            ...(isDecided
              ? [
                  {
                    id: 'outcome',
                    label: 'Outcome',
                    options: choice(OUTCOMES, search.outcome),
                    value: search.outcome ?? null,
                  },
                ]
              : []),
            { id: 'risk', label: 'Risk', options: choice(RISKS, search.risk), value: search.risk ?? null },
            {
              id: 'target',
              label: 'Target',
              options: choice(
                namesOf(all, (view) => view.plan.target.name),
                search.target,
              ),
              value: search.target ?? null,
            },
            {
              id: 'by',
              label: 'Asked by',
              options: choice(
                namesOf(all, (view) => view.requested_by_name),
                search.by,
              ),
              value: search.by ?? null,
            },
          ].filter((filter) => filter.options.length > 0)}
          onChange={(id, value) => setSearch({ [id]: value ?? undefined })}
        />
        {!isDecided && (
          <span className="flex min-h-6 flex-wrap items-center gap-x-4 gap-y-1">
            {mayDecide && waiting.length > 0 && (
              <Checkbox
                label={selected.length > 0 ? `${selected.length} selected` : 'Select all'}
                isChecked={selected.length === waiting.length}
                isMixed={selected.length > 0 && selected.length < waiting.length}
                onChange={(isChecked) => setChosen(new Set(isChecked ? waiting.map((view) => view.id) : []))}
              />
            )}
            {selected.length > 0 ? (
              <span className="ml-auto flex gap-2">
                {mayApproveTogether(selected, decider) && (
                  <Button size="sm" onClick={() => setBulk({ verb: 'approve', views: selected })}>
                    Approve…
                  </Button>
                )}
                <Button size="sm" variant="danger-quiet" onClick={() => setBulk({ verb: 'reject', views: selected })}>
                  Reject…
                </Button>
              </span>
            ) : (
              <Checkbox
                label="Only what I may decide"
                isChecked={search.mine ?? false}
                onChange={(mine) => setSearch({ mine: mine || undefined })}
                className="ml-auto"
              />
            )}
          </span>
        )}
      </div>
      {isDecided ? (
        <DecidedList search={search} me={decider} openId={openId} onClear={clear} />
      ) : (
        <WaitingList
          queue={queue}
          items={items}
          openId={openId}
          chosen={chosen}
          onChoose={(id, isChosen) => setChosen(toggled(chosen, id, isChosen))}
          onClear={clear}
          isWide={!isNarrow}
          mayDecide={mayDecide}
        />
      )}
    </>
  );

  return (
    <Page>
      <PageHeader
        title="Approvals"
        before={
          isNarrow && openId ? (
            <IconButton
              label="Back to the list"
              icon={<ArrowLeft />}
              size="sm"
              side="bottom"
              onClick={() => void navigate({ to: '/approvals', search: true })}
            />
          ) : undefined
        }
        tabs={
          isNarrow && openId ? undefined : (
            <Tabs
              label="Which questions"
              tabs={[
                {
                  value: 'waiting',
                  label: 'Waiting',
                  count: queue.isLoading ? undefined : queue.items.filter((item) => item.leftAt === null).length,
                },
                { value: 'decided', label: 'Decided' },
              ]}
              value={isDecided ? 'decided' : 'waiting'}
              onChange={(tab) =>
                void navigate({
                  to: '/approvals',
                  search: (before: ApprovalsSearch) =>
                    clean({ ...before, outcome: undefined, tab: tab === 'decided' ? 'decided' : undefined }),
                })
              }
            />
          )
        }
      />
      <p role="status" aria-live="polite" className="sr-only">
        {queue.news}
      </p>
      <SplitPane
        name="approvals"
        sideLabel="Questions"
        width={400}
        min={300}
        max={560}
        narrow={openId ? 'main' : 'side'}
        side={list}
      >
        <Outlet />
      </SplitPane>
      {bulk && (
        <BulkDialog
          verb={bulk.verb}
          views={bulk.views}
          onClose={(decided) => {
            setBulk(null);
            setChosen(new Set([...chosen].filter((id) => !decided.includes(id))));
          }}
        />
      )}
    </Page>
  );
}

function toggled(set: ReadonlySet<string>, id: string, isIn: boolean): Set<string> {
  const next = new Set(set);
  if (isIn) next.add(id);
  else next.delete(id);
  return next;
}

/** Without the members that say nothing, so that the address stays short. */
function clean(search: ApprovalsSearch): ApprovalsSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as ApprovalsSearch;
}
