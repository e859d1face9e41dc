import { useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { approvalsQuery } from '@/api/queries/approvals';
import { Button } from '@/ui/Button';
import { SkeletonRows } from '@/ui/Skeleton';
import { EmptyState, ErrorState, FilteredEmpty, InlineError } from '@/ui/states';
import { ApprovalRow } from './ApprovalRow';
import { focusRow, rowInFocus } from './focus';
import { type ApprovalsSearch, type Decider, isFiltered, matches, OUTCOMES } from './queue';
import { useQueueKeys } from './useQueueKeys';

type DecidedListProps = { search: ApprovalsSearch; me: Decider | null; openId: string | null; onClear: () => void };

/** What was decided, newest question first; older ones come as the end comes near. */
export function DecidedList({ search, me, openId, onClear }: DecidedListProps) {
  const { outcome, risk, target, by } = search;
  const asked = {
    status: outcome ?? OUTCOMES.join(','),
    ...(risk ? { risk } : {}),
    ...(target ? { target } : {}),
    ...(by ? { requested_by: by } : {}),
  };
  const { data, error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery(
    approvalsQuery(asked),
  );
  const views = (data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((view) => view.status !== 'pending' && matches(view, search, me));
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: views.length,
    getScrollElement: () => box.current,
    estimateSize: () => 88,
    overscan: 8,
    getItemKey: (index) => views[index]?.id ?? index,
  });
  const items = virtual.getVirtualItems();
  const isNearEnd = (items.at(-1)?.index ?? -1) >= views.length - 6;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when the rows or the nearness change
  useEffect(() => {
    if (isNearEnd && hasNextPage && !isFetchingNextPage && !error) void fetchNextPage();
  }, [isNearEnd, hasNextPage, isFetchingNextPage, views.length]);

  const move = (step: number) => {
    const at = views.findIndex((view) => view.id === (rowInFocus() ?? openId));
    const next = Math.min(Math.max(at < 0 ? 0 : at + step, 0), views.length - 1);
    const id = views[next]?.id;
    if (!id) return;
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => focusRow(id));
  };
  useQueueKeys(views.length > 0, move);

  if (isPending) return <SkeletonRows rows={6} label="Loading what was decided" />;
  if (error && views.length === 0) return <ErrorState problem={error} onRetry={() => void refetch()} />;
  if (views.length === 0 && !hasNextPage) {
    return isFiltered(search) || outcome ? (
      <FilteredEmpty title="Nothing that was decided matches these filters." onClear={onClear} />
    ) : (
      <EmptyState title="Nothing has been decided yet." />
    );
  }
  const tabStop = views.some((view) => view.id === openId) ? openId : views[items[0]?.index ?? 0]?.id;
  return (
    <div ref={box} className="min-h-0 flex-1 overflow-y-auto">
      <ul aria-label="Decided questions" className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const view = views[item.index];
          return (
            view && (
              <li
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <ApprovalRow view={view} isOpen={view.id === openId} isTabStop={view.id === tabStop} />
              </li>
            )
          );
        })}
      </ul>
      <div role="status" className="px-4 py-3 text-xs text-ink-3">
        {error ? (
          <span className="flex items-center gap-2">
            <InlineError problem={error} />
            <Button size="sm" onClick={() => void fetchNextPage()}>
              Try again
            </Button>
          </span>
        ) : hasNextPage ? (
          'Looking for older ones…'
        ) : (
          'That is all.'
        )}
      </div>
    </div>
  );
}
