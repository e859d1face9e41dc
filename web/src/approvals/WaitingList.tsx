import { useNavigate } from '@tanstack/react-router';
import { ShieldCheck } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { performAction, useActions } from '@/actions/registry';
import { Checkbox } from '@/ui/Checkbox';
import { SkeletonRows } from '@/ui/Skeleton';
import { EmptyState, ErrorState, FilteredEmpty } from '@/ui/states';
import { ApprovalRow } from './ApprovalRow';
import { focusCard, focusRow, rowInFocus } from './focus';
import type { QueueItem } from './queue';
import type { Queue } from './useQueue';
import { useQueueKeys } from './useQueueKeys';

type WaitingListProps = {
  queue: Queue;
  /** Those that match the filters. */
  items: QueueItem[];
  openId: string | null;
  chosen: ReadonlySet<string>;
  onChoose: (id: string, isChosen: boolean) => void;
  onClear: () => void;
  /** Beside the list the card is shown at once; else Enter opens it. */
  isWide: boolean;
  mayDecide: boolean;
};

/** The live queue. `j` and `k` move, Enter opens; `a` and `r` decide on the item in focus, which is the one in the card. */
export function WaitingList({ queue, items, openId, chosen, onChoose, onClear, isWide, mayDecide }: WaitingListProps) {
  const navigate = useNavigate();
  const ids = items.map((item) => item.view.id);
  const waits = (id: string | null) => id !== null && items.some((item) => item.view.id === id && item.leftAt === null);

  const move = (step: number) => {
    const at = ids.indexOf(rowInFocus() ?? openId ?? '');
    const next = ids[Math.min(Math.max(at < 0 ? 0 : at + step, 0), ids.length - 1)];
    if (next) focusRow(next);
  };
  // The card takes the focus and its own key does the rest: what is decided is what stands there to be read.
  const decide = (action: string) => {
    const id = rowInFocus();
    if (!id) return;
    if (id !== openId) {
      void navigate({ to: '/approvals/$id', params: { id }, search: true, replace: true });
      return;
    }
    focusCard();
    requestAnimationFrame(() => performAction(action));
  };
  const isOnWaiting = () => waits(rowInFocus());
  useQueueKeys(ids.length > 0, move);
  useActions([
    {
      id: 'queue.approve',
      name: 'Approve the question in focus',
      group: 'Approvals',
      shortcut: 'a',
      isKeyOnly: true,
      when: isOnWaiting,
      perform: () => decide('approval.approve'),
    },
    {
      id: 'queue.reject',
      name: 'Reject the question in focus',
      group: 'Approvals',
      shortcut: 'r',
      isKeyOnly: true,
      when: isOnWaiting,
      perform: () => decide('approval.reject'),
    },
    {
      id: 'queue.select',
      name: 'Select the question in focus',
      group: 'Approvals',
      shortcut: 'x',
      isKeyOnly: true,
      when: isOnWaiting,
      perform: () => {
        const id = rowInFocus();
        if (id) onChoose(id, !chosen.has(id));
      },
    },
  ]);

  useEffect(() => () => queue.hold(false), [queue.hold]);

  // A row that leaves with the focus gives it to the card, which says how it ended.
  const focused = useRef<string | null>(null);
  const shown = ids.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at when the rows change
  useEffect(() => {
    const left = focused.current;
    focused.current = rowInFocus();
    if (left && !ids.includes(left) && document.activeElement === document.body) focusCard();
  }, [shown]);

  if (queue.isLoading) return <SkeletonRows rows={5} label="Loading the queue" />;
  if (queue.problem && queue.items.length === 0) return <ErrorState problem={queue.problem} onRetry={queue.retry} />;
  if (items.length === 0) {
    if (queue.items.length > 0)
      return <FilteredEmpty title="Nothing that waits matches these filters." onClear={onClear} />;
    return (
      <EmptyState icon={<ShieldCheck />} title="Nothing waits for a decision.">
        Changes that need a person appear here at once, also while you look elsewhere: the number in the menu counts
        them.
      </EmptyState>
    );
  }
  const tabStop = openId && ids.includes(openId) ? openId : ids[0];
  return (
    <ul
      aria-label="Questions that wait"
      className="min-h-0 flex-1 overflow-y-auto"
      onPointerEnter={() => queue.hold(true)}
      onPointerLeave={() => queue.hold(false)}
    >
      {items.map(({ view, leftAt }) => (
        <li key={view.id}>
          <ApprovalRow
            view={view}
            isOpen={view.id === openId}
            isLeaving={leftAt !== null}
            isTabStop={view.id === tabStop}
            onFocus={() => {
              focused.current = view.id;
              if (isWide && view.id !== openId && leftAt === null)
                void navigate({ to: '/approvals/$id', params: { id: view.id }, search: true, replace: true });
            }}
            before={
              mayDecide && (
                <Checkbox
                  label={`Select ${view.plan.summary}`}
                  isLabelHidden
                  isChecked={chosen.has(view.id)}
                  isDisabled={leftAt !== null}
                  onChange={(isChecked) => onChoose(view.id, isChecked)}
                  className="pt-2.5 pr-2 pl-3"
                />
              )
            }
          />
        </li>
      ))}
      {queue.isCut && (
        <li className="px-4 py-3 text-xs text-ink-3">
          More wait than are listed here. Decide on some, or withdraw what nobody needs.
        </li>
      )}
    </ul>
  );
}
