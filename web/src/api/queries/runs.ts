import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, type Query } from '../client';
import { nextCursor, type PageOf } from '../page';
import type { RunView } from '../schema';

/** A run as the list gives it. */
export type ListedRun = RunView & {
  user_name?: string | null;
  targets?: string[];
  counts?: { executions: number; waiting: number };
};

export type RunFilter = { status?: string; q?: string; target?: string; session?: string; from?: string; to?: string };

export const runsQuery = (filter: RunFilter = {}) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'list', filter],
    queryFn: ({ signal, pageParam }) =>
      api.get<PageOf<ListedRun>>('/api/runs', { signal, query: { ...filter, limit: 50, cursor: pageParam } as Query }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', 'one', id],
    queryFn: ({ signal }) => api.get<ListedRun>(`/api/runs/${encodeURIComponent(id)}`, { signal }),
  });

/** Asks a run to stop. What was already done is verified first; `run_ended` says when it stopped. */
export const cancelRun = (id: string) => api.post<RunView>(`/api/runs/${encodeURIComponent(id)}/cancel`);
