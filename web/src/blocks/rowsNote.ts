import { count } from './format';

/** `3 rows`, or `1,000 of 41,203 rows` when a limit cut them. */
export function rowsNote(held: number, total: number | null | undefined): string {
  if (total != null && total > held) return `${count(held)} of ${count(total)} rows`;
  return `${count(held)} ${held === 1 ? 'row' : 'rows'}`;
}
