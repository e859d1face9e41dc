import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, type Query } from '../client';
import { nextCursor, type PageOf } from '../page';
import type { Session } from '../schema';

/** A session as the list gives it. */
export type ListedSession = Session & { is_unread?: boolean; waiting?: number; preview?: string | null };

export type SessionFilter = { q?: string; status?: string };

export const sessionsQuery = (filter: SessionFilter = {}) =>
  infiniteQueryOptions({
    queryKey: ['sessions', 'list', filter],
    queryFn: ({ signal, pageParam }) =>
      api.get<PageOf<ListedSession>>('/api/sessions', {
        signal,
        query: { ...filter, limit: 50, cursor: pageParam } as Query,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });

export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: ['sessions', 'one', id],
    queryFn: ({ signal }) => api.get<ListedSession>(`/api/sessions/${encodeURIComponent(id)}`, { signal }),
  });
