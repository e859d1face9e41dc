// The bars of a chart of days.

import type { DayCounts } from '@/api/queries/audit';
import { type AuditResult, RESULT_ORDER } from './words';

export interface DayBar {
  /** The first and the last day in it; the same when a bar is one day. */
  day: string;
  last: string;
  total: number;
  parts: { result: AuditResult; count: number }[];
}

/** At most so many bars are drawn; longer spans join days. */
const MOST_BARS = 92;

/** Days as bars, oldest first. A year becomes weeks. */
export function barsOfDays(days: DayCounts[]): DayBar[] {
  const size = days.length <= MOST_BARS ? 1 : Math.max(7, Math.ceil(days.length / MOST_BARS));
  const bars: DayBar[] = [];
  for (let at = 0; at < days.length; at += size) {
    const group = days.slice(at, at + size);
    const first = group[0];
    if (!first) continue;
    const parts = RESULT_ORDER.map((result) => ({
      result,
      count: group.reduce((sum, day) => sum + (day[result] ?? 0), 0),
    })).filter(({ count }) => count > 0);
    bars.push({
      day: first.day,
      last: group.at(-1)?.day ?? first.day,
      total: parts.reduce((sum, { count }) => sum + count, 0),
      parts,
    });
  }
  return bars;
}

/** A round number at the top of the scale, never 0. */
export function roundTop(most: number): number {
  if (most <= 5) return 5;
  const unit = 10 ** Math.floor(Math.log10(most));
  for (const factor of [1, 2, 2.5, 5, 10]) if (unit * factor >= most) return unit * factor;
  return most;
}
