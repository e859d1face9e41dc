// What an entry's parameters tell: a change with a before and an after, or just values.

export type Change = { kind: 'change'; before: string; after: string } | { kind: 'values'; text: string };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** Null when there is nothing to show. */
export function changeOf(value: unknown): Change | null {
  if (value === null || value === undefined || value === '') return null;
  if (Array.isArray(value) ? value.length === 0 : isRecord(value) && Object.keys(value).length === 0) return null;
  if (isRecord(value) && 'before' in value && 'after' in value) {
    const { before, after, ...rest } = value;
    if (Object.keys(rest).length === 0) return { kind: 'change', before: text(before), after: text(after) };
    return {
      kind: 'change',
      before: text({ ...rest, ...(isRecord(before) ? before : { value: before }) }),
      after: text({ ...rest, ...(isRecord(after) ? after : { value: after }) }),
    };
  }
  return { kind: 'values', text: text(value) };
}
