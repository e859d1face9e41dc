// The filters of the audit log: typed words, chips and the address are three writings of the same thing.

export const KEYS = ['actor', 'action', 'tool', 'target', 'result', 'risk', 'session', 'run', 'from', 'to'] as const;
export type FilterKey = (typeof KEYS)[number];

/** Values as a person writes them; `q` is free text. Absent means: everything. */
export type AuditFilter = Partial<Record<FilterKey | 'q', string>>;

export const RESULTS = ['intended', 'success', 'failure', 'rejected', 'unknown'] as const;
export const RISKS = ['low', 'medium', 'high', 'critical'] as const;

export const isKey = (text: string): text is FilterKey => (KEYS as readonly string[]).includes(text);

export interface Typed {
  filter: AuditFilter;
  /** Words like `who:` that name no filter; they stay in the free text. */
  unknown: string[];
}

const WORD = /([a-z_]+):(?:"([^"]*)"?|(\S*))|"([^"]*)"?|(\S+)/giy;

/** Reads `actor:root result:failure from:7d index` and `actor:"Ada Lovelace"`. A key that comes twice: the last counts. */
export function readTyped(text: string): Typed {
  const filter: AuditFilter = {};
  const unknown: string[] = [];
  const free: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at += 1;
      continue;
    }
    WORD.lastIndex = at;
    const found = WORD.exec(text);
    if (!found) break;
    at = WORD.lastIndex;
    const [whole, name, quotedValue, plainValue, quotedText] = found;
    const key = name?.toLowerCase();
    const value = quotedValue ?? plainValue ?? '';
    if (key && isKey(key)) {
      if (value !== '') filter[key] = value;
      continue;
    }
    if (key) unknown.push(key);
    free.push(quotedText ?? whole);
  }
  const q = free.join(' ').trim();
  if (q) filter.q = q;
  return { filter, unknown };
}

const quoted = (value: string) => (/[\s"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value);

export const writtenPart = (key: FilterKey, value: string) => `${key}:${quoted(value)}`;

/** The filter as one line that `readTyped` understands. */
export function written(filter: AuditFilter): string {
  const parts = KEYS.flatMap((key) => (filter[key] ? [writtenPart(key, filter[key])] : []));
  // Free text that looks like a filter would become one on the way back.
  if (filter.q) parts.push(/(?:^|\s)[a-z_]+:/i.test(filter.q) ? `"${filter.q.replaceAll('"', '')}"` : filter.q);
  return parts.join(' ');
}

export const isEmpty = (filter: AuditFilter) => Object.values(filter).every((value) => !value);

/** What an address holds, read with care: only known names, only text. */
export function fromAddress(search: Record<string, unknown>): AuditFilter {
  const filter: AuditFilter = {};
  for (const key of [...KEYS, 'q'] as const) {
    const value = search[key];
    // A router may read `run=12` as a number; an address written by hand stays good.
    if (typeof value === 'string' && value.trim() !== '') filter[key] = value.trim();
    else if (typeof value === 'number' || typeof value === 'boolean') filter[key] = String(value);
  }
  return filter;
}

/** Sentences about values that cannot be understood, by key. Such values are not sent. */
export function troubles(filter: AuditFilter): Partial<Record<FilterKey, string>> {
  const found: Partial<Record<FilterKey, string>> = {};
  if (filter.result && !(RESULTS as readonly string[]).includes(filter.result))
    found.result = `result is one of ${RESULTS.join(', ')}`;
  if (filter.risk && !(RISKS as readonly string[]).includes(filter.risk))
    found.risk = `risk is one of ${RISKS.join(', ')}`;
  const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
  for (const key of ['run', 'session'] as const)
    if (filter[key] && !uuid.test(filter[key])) found[key] = `${key} is an id, as in the address of the ${key}`;
  for (const key of ['from', 'to'] as const)
    if (filter[key] && !momentOf(filter[key], key, new Date()))
      found[key] =
        `${key} is a day (2026-11-20), a day and time (2026-11-20T14:00), today, yesterday, or how long ago: 30m, 24h, 7d`;
  return found;
}

const AGO = /^(\d{1,5})(m|h|d|w)$/;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A day means all of it, in the person's own time zone: `from` its start, `to` its end. Null when it is no time. */
export function momentOf(text: string, key: 'from' | 'to', now: Date): Date | null {
  const ago = AGO.exec(text);
  if (ago) return new Date(now.getTime() - Number(ago[1]) * MS[ago[2] as keyof typeof MS]);
  const end = key === 'to' ? 1 : 0;
  if (text === 'today') return new Date(now.getFullYear(), now.getMonth(), now.getDate() + end);
  if (text === 'yesterday') return new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1 + end);
  const day = DAY.exec(text);
  if (day) {
    const [year, month, date] = [Number(day[1]), Number(day[2]), Number(day[3])];
    const moment = new Date(year, month - 1, date);
    // 31 February is no day.
    return moment.getMonth() === month - 1 && moment.getDate() === date ? new Date(year, month - 1, date + end) : null;
  }
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text)) return null;
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

/** What the server is asked. Times become moments, so ask once for each change and not for each page. */
export function toServer(filter: AuditFilter, now: Date): Record<string, string> {
  const bad = troubles(filter);
  const query: Record<string, string> = {};
  for (const key of [...KEYS, 'q'] as const) {
    const value = filter[key];
    if (!value || (key !== 'q' && bad[key])) continue;
    if (key === 'from' || key === 'to') query[key] = momentOf(value, key, now)?.toISOString() ?? '';
    else query[key === 'actor' ? 'user' : key] = value;
  }
  return query;
}

/** Where the entries that match can be downloaded. */
export const exportAddress = (filter: AuditFilter, format: 'csv' | 'jsonl', now: Date) =>
  `/api/audit/export?${new URLSearchParams({ ...toServer(filter, now), format })}`;
