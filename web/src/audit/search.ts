// What the address of the audit page holds.

import { type AuditFilter, fromAddress } from './filter';

export type AuditSearch = AuditFilter & {
  view?: 'statistics';
  /** Days of the statistics. */
  days?: number;
  /** Number of the open entry. */
  entry?: number;
};

const SPANS = [7, 90, 365];

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const entry = Number(search.entry);
  const days = Number(search.days);
  return {
    ...fromAddress(search),
    ...(search.view === 'statistics' ? { view: 'statistics' as const } : {}),
    ...(SPANS.includes(days) ? { days } : {}),
    ...(Number.isSafeInteger(entry) && entry > 0 ? { entry } : {}),
  };
}
