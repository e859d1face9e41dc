// The queue of questions: which are shown, in which order, and how those that are no longer waiting leave it.

import type { ApprovalView } from '@/api/schema';

export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export const OUTCOMES = ['approved', 'rejected', 'expired', 'cancelled'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What the address of the approvals holds. */
export interface ApprovalsSearch {
  tab?: 'decided';
  risk?: string;
  target?: string;
  /** Name of the person who asked. */
  by?: string;
  /** Only what I may decide. */
  mine?: boolean;
  /** Of decided ones. */
  outcome?: Outcome;
}

export function readApprovalsSearch(search: Record<string, unknown>): ApprovalsSearch {
  const text = (value: unknown) =>
    typeof value === 'string' && value.trim() !== ''
      ? value.trim()
      : typeof value === 'number'
        ? String(value)
        : undefined;
  const [risk, target, by, outcome] = [text(search.risk), text(search.target), text(search.by), text(search.outcome)];
  return {
    ...(search.tab === 'decided' ? { tab: 'decided' as const } : {}),
    ...(risk && (RISKS as readonly string[]).includes(risk) ? { risk } : {}),
    ...(target ? { target } : {}),
    ...(by ? { by } : {}),
    ...(search.mine === true || search.mine === 'true' ? { mine: true } : {}),
    ...(outcome && (OUTCOMES as readonly string[]).includes(outcome) ? { outcome: outcome as Outcome } : {}),
  };
}

export interface Decider {
  id: string;
  mayDecide: boolean;
}

/** Whether this person may approve it: four eyes mean somebody other than who asked. */
export const mayApprove = (view: ApprovalView, me: Decider | null) =>
  me?.mayDecide === true && !(view.verdict.second_person && view.requested_by === me.id);

export function matches(view: ApprovalView, search: ApprovalsSearch, me: Decider | null): boolean {
  if (search.risk && view.risk !== search.risk) return false;
  if (search.target && view.plan.target.name !== search.target) return false;
  if (search.by && view.requested_by_name !== search.by) return false;
  return !search.mine || mayApprove(view, me);
}

export const isFiltered = ({ risk, target, by, mine }: ApprovalsSearch) => Boolean(risk || target || by || mine);

/** Approved together only what does no harm: one look is not enough for anything above low. */
export const mayApproveTogether = (views: ApprovalView[], me: Decider | null) =>
  views.length > 0 &&
  views.every((view) => view.risk === 'low' && !view.verdict.reason_required && mayApprove(view, me));

/** An item of the queue. `leftAt` (ms) is when it was seen to wait no longer; it keeps its place for a while. */
export interface QueueItem {
  view: ApprovalView;
  leftAt: number | null;
}

/** How long a decided item stays where it was, so that nothing moves under the pointer. */
export const STAYS_MS = 4000;

/**
 * The queue after an answer of the server: what waits, longest first, with those that were shown a moment ago and wait no
 * longer still in their places. `decided` holds what is known of those.
 */
export function nextQueue(
  shown: QueueItem[],
  waiting: ApprovalView[],
  now: number,
  decided: (id: string) => ApprovalView | undefined,
  isHeld: boolean,
): QueueItem[] {
  const alive = new Map(waiting.filter((view) => Date.parse(view.expires_at) > now).map((view) => [view.id, view]));
  const items: QueueItem[] = [];
  for (const item of shown) {
    const view = alive.get(item.view.id);
    if (view) {
      items.push({ view, leftAt: null });
      alive.delete(view.id);
      continue;
    }
    const leftAt = item.leftAt ?? now;
    // While the pointer is in the list nothing is taken away from under it.
    if (isHeld || now - leftAt < STAYS_MS) items.push({ view: decided(item.view.id) ?? item.view, leftAt });
  }
  const news = [...alive.values()].sort((one, other) => one.created_at.localeCompare(other.created_at));
  const isFirst = shown.length === 0;
  const all = [...items, ...news.map((view) => ({ view, leftAt: null }))];
  // News are the youngest and come last. When an older one appears (a filter was taken away) order counts more.
  return isFirst || isOrdered(all)
    ? all
    : all.sort((one, other) => one.view.created_at.localeCompare(other.view.created_at));
}

const isOrdered = (items: QueueItem[]) =>
  items.every((item, at) => at === 0 || (items[at - 1]?.view.created_at ?? '') <= item.view.created_at);

/** Whether two queues show the same. */
export const isSame = (one: QueueItem[], other: QueueItem[]) =>
  one.length === other.length &&
  one.every((item, at) => item.view === other[at]?.view && item.leftAt === other[at]?.leftAt);

/** Names that occur, for a filter's choices. */
export const namesOf = (views: ApprovalView[], name: (view: ApprovalView) => string) =>
  [...new Set(views.map(name))].sort((one, other) => one.localeCompare(other));
