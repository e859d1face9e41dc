import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { approvalQuery, queueQuery } from '@/api/queries/approvals';
import type { ApprovalView } from '@/api/schema';
import { useLiveEvent } from '@/live/useLive';
import { useNow } from '@/ui/clock';
import { isSame, nextQueue, type QueueItem } from './queue';

export interface Queue {
  items: QueueItem[];
  isLoading: boolean;
  problem: unknown;
  retry: () => void;
  /** More wait than are listed. */
  isCut: boolean;
  /** Said to those who cannot see it arrive. */
  news: string;
  /** The pointer is in the list. */
  hold: (isHeld: boolean) => void;
}

/** What waits, live. Decided and expired items keep their places for a moment. */
export function useQueue(): Queue {
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery(queueQuery);
  const now = useNow(1000);
  const [items, setItems] = useState<QueueItem[]>([]);
  const [news, setNews] = useState('');
  const held = useRef(false);
  const known = useRef<Set<string> | null>(null);
  const decided = useRef(new Map<string, ApprovalView>());

  // The answer to a question comes with its event: who decided and when, without asking again.
  useLiveEvent('approval:response', (message) => {
    const view = message.approval as ApprovalView | undefined;
    if (!view?.id) return;
    remember(decided.current, view);
    if (view.plan) client.setQueryData(approvalQuery(view.id).queryKey, view);
  });

  useEffect(() => {
    if (!data) return;
    const find = (id: string) => {
      const cached = client.getQueryData(approvalQuery(id).queryKey);
      return cached && cached.status !== 'pending' ? cached : decided.current.get(id);
    };
    setItems((shown) => {
      const next = nextQueue(shown, data.items, now, find, held.current);
      return isSame(shown, next) ? shown : next;
    });
  }, [data, now, client]);

  useEffect(() => {
    if (!data) return;
    const fresh = known.current ? data.items.filter((view) => !known.current?.has(view.id)) : [];
    known.current = new Set(data.items.map((view) => view.id));
    const [one] = fresh;
    if (one)
      setNews(
        fresh.length === 1
          ? `New: ${one.plan.summary} on ${one.plan.target.name}, ${one.risk} risk, asked by ${one.requested_by_name}`
          : `${fresh.length} new questions wait for a decision`,
      );
  }, [data]);

  // Expiry is an event of its own, but a moment later; the list asks at the moment itself.
  const nextExpiry = Math.min(
    ...items.filter((item) => item.leftAt === null).map((item) => Date.parse(item.view.expires_at)),
  );
  useEffect(() => {
    const wait = nextExpiry - Date.now();
    if (!Number.isFinite(wait) || wait > 2_000_000_000) return;
    const timer = setTimeout(
      () => void client.invalidateQueries({ queryKey: ['approvals'] }),
      Math.max(0, wait) + 1500,
    );
    return () => clearTimeout(timer);
  }, [nextExpiry, client]);

  return {
    items,
    isLoading: isPending,
    problem: error,
    retry: () => void refetch(),
    isCut: Boolean(data?.next_cursor),
    news,
    hold: useCallback((isHeld) => {
      held.current = isHeld;
    }, []),
  };
}

const REMEMBERED = 200;

function remember(map: Map<string, ApprovalView>, view: ApprovalView) {
  map.set(view.id, view);
  const oldest = map.keys().next();
  if (map.size > REMEMBERED && !oldest.done) map.delete(oldest.value);
}
