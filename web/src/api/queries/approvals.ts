import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, type Query } from '../client';
import { nextCursor, type PageOf } from '../page';
import type { ApprovalView } from '../schema';

export type ApprovalFilter = {
  /** One or several with commas between them. */
  status?: string;
  risk?: string;
  target?: string;
  /** A name. */
  requested_by?: string;
  session?: string;
  run?: string;
};

export const approvalsQuery = (filter: ApprovalFilter = {}) =>
  infiniteQueryOptions({
    queryKey: ['approvals', 'list', filter],
    queryFn: ({ signal, pageParam }) =>
      api.get<PageOf<ApprovalView>>('/api/approvals', {
        signal,
        query: { ...filter, limit: 50, cursor: pageParam } as Query,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextCursor,
  });

/** Those that wait for someone: for the badge, the tab title and the notification. At most 100. */
export const waitingApprovalsQuery = queryOptions({
  queryKey: ['approvals', 'waiting'],
  queryFn: ({ signal }) =>
    api
      .get<PageOf<ApprovalView>>('/api/approvals', { signal, query: { status: 'pending', limit: 100 } })
      .then((page) => page.items),
});

/** More than this wait at once only where nobody decides. */
export const QUEUE_MOST = 200;

/** The queue page's own look at what waits; newest first, as the server lists it. */
export const queueQuery = queryOptions({
  queryKey: ['approvals', 'queue'],
  queryFn: ({ signal }) =>
    api.get<PageOf<ApprovalView>>('/api/approvals', { signal, query: { status: 'pending', limit: QUEUE_MOST } }),
});

export const approvalQuery = (id: string) =>
  queryOptions({
    queryKey: ['approvals', 'one', id],
    queryFn: ({ signal }) => api.get<ApprovalView>(`/api/approvals/${encodeURIComponent(id)}`, { signal }),
  });

/** Decided once, by the server; never shown as decided before it says so. */
export const approve = (id: string, digest: string, reason?: string) =>
  api.post<ApprovalView>(`/api/approvals/${encodeURIComponent(id)}/approve`, { digest, ...(reason ? { reason } : {}) });

export const reject = (id: string, reason?: string) =>
  api.post<ApprovalView>(`/api/approvals/${encodeURIComponent(id)}/reject`, reason ? { reason } : {});
