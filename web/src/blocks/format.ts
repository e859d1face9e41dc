// Values stay raw on the wire; a column's unit says how a person reads them.

import { formatBytes, formatClock, formatDuration } from '@/ui/format';

const short = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat(undefined, { maximumFractionDigits: 3 });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const year = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** What stands where there is no value. */
export const NONE = '–';

export const count = (value: number) => exact.format(value);
export const bytes = formatBytes;

/** From milliseconds; statements take parts of one: `0.42 ms`, `310 ms`, `2.4 s`, `3 m 20 s`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return NONE;
  if (ms < 0) return `−${duration(-ms)}`;
  return ms < 10 ? `${exact.format(ms)} ms` : formatDuration(ms);
}

function dateOf(value: string | number): Date | null {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Today: the time. This year: day and time. Otherwise the year too. What is no time is shown as it is. */
export function moment(value: string | number, now = new Date()): string {
  const date = dateOf(value);
  if (!date) return String(value);
  if (date.toDateString() === now.toDateString()) return formatClock(date);
  return `${(date.getFullYear() === now.getFullYear() ? day : year).format(date)}, ${formatClock(date)}`;
}

/** Date, time and time zone, for tooltips. */
export function fullMoment(value: string | number): string {
  const date = dateOf(value);
  return date ? full.format(date) : String(value);
}

/** The unit that a name carries at its end (`size_bytes`, `waited ms`), for values that have no column. */
export const unitInName = (name: string) => /(?:^|[_ ])(bytes|ms|seconds|percent)$/.exec(name)?.[1];

const NUMBER_UNITS = new Set(['bytes', 'ms', 'seconds', 'percent', 'count']);
/** Whether cells of this unit are numbers, aligned right. */
export const isNumberUnit = (unit?: string | null) => unit != null && NUMBER_UNITS.has(unit);
/** Whether cells of this unit are code. */
export const isCodeUnit = (unit?: string | null) => unit === 'sql' || unit === 'code';

/** A cell as text. A unit that is unknown, or that the value does not fit, changes nothing. */
export function cellText(value: unknown, unit?: string | null): string {
  if (value === null || value === undefined) return NONE;
  if (Array.isArray(value)) return value.map((one) => cellText(one, unit)).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (unit === 'time' && (typeof value === 'string' || typeof value === 'number')) return moment(value);
  if (typeof value === 'number') return numberText(value, unit);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function numberText(value: number, unit?: string | null): string {
  if (!Number.isFinite(value)) return String(value);
  switch (unit) {
    case 'bytes':
      return bytes(value);
    case 'ms':
      return duration(value);
    case 'seconds':
      return duration(value * 1000);
    case 'percent':
      return `${short.format(value)} %`;
    case 'count':
      return isRounded(value) ? `≈ ${count(value)}` : count(value);
    default:
      if (isRounded(value)) return `≈ ${value}`;
      return Number.isInteger(value) || Math.abs(value) < 0.001 ? String(value) : exact.format(value);
  }
}

/** JSON numbers beyond 2^53 arrive rounded; showing them as exact would be a lie. */
const isRounded = (value: number) => Number.isInteger(value) && !Number.isSafeInteger(value);

/** The raw value where the shown text is shorter than it, for a tooltip. */
export function rawText(value: unknown, unit?: string | null): string | undefined {
  if (unit === 'time' && (typeof value === 'string' || typeof value === 'number')) return fullMoment(value);
  if (typeof value === 'number' && isNumberUnit(unit) && unit !== 'count') return `${value} ${unit}`;
  return undefined;
}
