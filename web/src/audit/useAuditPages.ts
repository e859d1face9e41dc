import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { auditPageQuery } from '@/api/queries/audit';
import type { AuditEntry } from '@/api/schema';
import { FIRST_SLOTS, grown, isFar, knownRows, placeOfRow, wantedPages, withLoaded } from './pages';

/** Pages without a single match before a person is asked whether to search on. */
const EMPTY_PAGES = 8;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 80;

export interface AuditPages {
  /** Rows that are known to be there; each is an entry, or null while its page is (again) on its way. */
  count: number;
  rowAt: (index: number) => AuditEntry | null;
  hasMore: boolean;
  isLoading: boolean;
  /** Many pages held nothing that matches: go on only when asked to. */
  isPaused: boolean;
  searchOn: () => void;
  problem: unknown;
  retry: () => void;
  /** Tells which rows are in view. */
  onView: (first: number, last: number) => void;
}

/** The log in pages. `opened` begins a new look at it. Held in memory: the pages near the eye, at most about ten. */
export function useAuditPages(query: Record<string, string>, opened: number): AuditPages {
  const client = useQueryClient();
  const look = useMemo(() => JSON.stringify([opened, query]), [opened, query]);
  const [state, setState] = useState({ look, slots: FIRST_SLOTS, allowed: EMPTY_PAGES });
  const [view, setView] = useState({ first: 0, last: 0 });
  // Another filter starts over in the same render: old rows are never shown under new filters.
  const current = state.look === look ? state : { look, slots: FIRST_SLOTS, allowed: EMPTY_PAGES };
  if (current !== state) setState(current);
  const { slots } = current;

  const wanted = wantedPages(slots, view.first, view.last);
  const answers = useQueries({ queries: wanted.map((page) => auditPageQuery(query, slots[page]?.cursor, opened)) });
  const pages = new Map(wanted.map((page, index) => [page, answers[index]]));

  const count = knownRows(slots);
  const last = slots.at(-1);
  const hasMore = last?.length === null || Boolean(last?.next);
  const emptyAtEnd = slots.length - 1 - slots.findLastIndex((slot) => (slot.length ?? 0) > 0);
  const isPaused = hasMore && emptyAtEnd > current.allowed;

  useEffect(() => {
    let next = slots;
    for (const [page, answer] of pages) {
      if (answer?.data)
        next = withLoaded(next, page, { length: answer.data.items.length, next: answer.data.next_cursor ?? null });
    }
    if (!isPaused && view.last >= knownRows(next) - AHEAD) next = grown(next);
    if (next !== slots) setState({ ...current, slots: next });
  });

  const wantedKey = wanted.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: pages are let go of when others come into view
  useEffect(() => {
    for (const [page, slot] of slots.entries()) {
      if (slot.length !== null && isFar(page, wanted))
        client.removeQueries({ queryKey: auditPageQuery(query, slot.cursor, opened).queryKey, exact: true });
    }
  }, [wantedKey]);

  // Scrolling within what is there draws the rows again and nothing else.
  const shape = useRef({ slots, count });
  shape.current = { slots, count };
  const onView = useCallback((first: number, last: number) => {
    const { slots: known, count: rows } = shape.current;
    const meaning = (one: { first: number; last: number }) =>
      `${wantedPages(known, one.first, one.last)} ${one.last >= rows - AHEAD}`;
    setView((before) => (meaning(before) === meaning({ first, last }) ? before : { first, last }));
  }, []);

  const failed = answers.find((answer) => answer.error);
  return {
    count,
    rowAt: (index) => {
      const place = placeOfRow(slots, index);
      return (place && pages.get(place.page)?.data?.items[place.offset]) ?? null;
    },
    hasMore,
    isLoading: answers.some((answer) => answer.isFetching),
    isPaused,
    searchOn: () => setState({ ...current, allowed: emptyAtEnd + EMPTY_PAGES }),
    problem: failed?.error ?? null,
    retry: () => void failed?.refetch(),
    onView,
  };
}
