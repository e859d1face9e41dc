import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '../client';
import type { PageOf } from '../page';
import type { AuditEntry, AuditVerification } from '../schema';

export const AUDIT_PAGE = 200;

/** One entry with others of the same call, or of the same run; oldest first, at most 100. */
export type AuditEntryFull = AuditEntry & { related: AuditEntry[] };

export interface Counted {
  name: string;
  entries: number;
}

export type DayCounts = { day: string } & Record<AuditEntry['result'], number>;

export interface AuditStats {
  from: string;
  to: string;
  entries: number;
  by_result: Record<string, number>;
  by_risk: Record<string, number>;
  by_action: Counted[];
  by_tool: Counted[];
  by_user: Counted[];
  /** Every day of the span, UTC, those without entries too. */
  days: DayCounts[];
}

/**
 * One page, newest first. Entries never change, so a page is asked for once; `opened` sets one look at the log apart
 * from the next, so that rows do not move while new entries come. Not under `audit`: live events must not ask again.
 */
export const auditPageQuery = (query: Record<string, string>, cursor: string | undefined, opened: number) =>
  queryOptions({
    queryKey: ['auditlog', opened, query, cursor ?? ''],
    queryFn: ({ signal }) =>
      api.get<PageOf<AuditEntry>>('/api/audit', { signal, query: { ...query, limit: AUDIT_PAGE, cursor } }),
    staleTime: 'static',
    gcTime: 30_000,
  });

/** How many entries came after `number`; 100 means: 100 or more. */
export const newerEntriesQuery = (query: Record<string, string>, number: number | undefined) =>
  queryOptions({
    queryKey: ['auditlog', 'newer', query, number],
    queryFn: async ({ signal }) => {
      const page = await api.get<PageOf<AuditEntry>>('/api/audit', { signal, query: { ...query, limit: 100 } });
      return page.items.filter((entry) => entry.number > (number ?? 0)).length;
    },
    enabled: number !== undefined,
    staleTime: 'static',
    gcTime: 0,
  });

/** By id or number. */
export const auditEntryQuery = (id: string) =>
  queryOptions({
    queryKey: ['auditlog', 'one', id],
    queryFn: ({ signal }) => api.get<AuditEntryFull>(`/api/audit/${encodeURIComponent(id)}`, { signal }),
  });

export const auditStatsQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: ['audit', 'stats', from, to],
    queryFn: ({ signal }) => api.get<AuditStats>('/api/audit/stats', { signal, query: { from, to } }),
    placeholderData: keepPreviousData,
  });

/** Walks the whole chain: asked for by a person only. */
export const auditChainQuery = queryOptions({
  queryKey: ['auditlog', 'chain'],
  queryFn: ({ signal }) => api.get<AuditVerification>('/api/audit/verify', { signal }),
  enabled: false,
  staleTime: 'static',
  gcTime: Number.POSITIVE_INFINITY,
  retry: false,
});
