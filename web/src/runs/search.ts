// What the addresses of the runs hold.

import type { RunStatus } from './events';
import { RUN_STATUSES } from './states';

export interface RunsSearch {
  /** Several, with commas between them. */
  status?: string;
  target?: string;
  q?: string;
  /** How long ago at most: `1h`, `24h`, `7d`, `30d`. */
  since?: string;
}

export const SINCE = {
  '1h': 'the last hour',
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
  '30d': 'the last 30 days',
} as const;

const HOURS = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 } as const;
type Since = keyof typeof HOURS;

const isSince = (text: unknown): text is Since => typeof text === 'string' && text in HOURS;

export function statusesOf(search: RunsSearch): RunStatus[] {
  return (search.status ?? '').split(',').filter((one): one is RunStatus => (RUN_STATUSES as string[]).includes(one));
}

export function readRunsSearch(search: Record<string, unknown>): RunsSearch {
  const text = (value: unknown) =>
    typeof value === 'string' && value.trim() !== ''
      ? value.trim()
      : typeof value === 'number'
        ? String(value)
        : undefined;
  const status = statusesOf({ status: text(search.status) ?? '' }).join(',');
  const [target, q] = [text(search.target), text(search.q)];
  return {
    ...(status ? { status } : {}),
    ...(target ? { target } : {}),
    ...(q ? { q } : {}),
    ...(isSince(search.since) ? { since: search.since } : {}),
  };
}

/** What the server is asked. The time is to the minute, so that the answer can be kept. */
export function toServer(search: RunsSearch, now: Date): Record<string, string> {
  const from = isSince(search.since)
    ? new Date(Math.floor(now.getTime() / 60_000) * 60_000 - HOURS[search.since] * 3_600_000).toISOString()
    : undefined;
  return {
    ...(search.status ? { status: search.status } : {}),
    ...(search.target ? { target: search.target } : {}),
    ...(search.q ? { q: search.q } : {}),
    ...(from ? { from } : {}),
  };
}

export interface RunSearch {
  /** Id of the step whose details are open. */
  step?: string;
}

export const readRunSearch = (search: Record<string, unknown>): RunSearch =>
  typeof search.step === 'string' && search.step !== '' ? { step: search.step } : {};
