// Widths of a table's columns where they must not depend on the rows in view.

import { cellText, isCodeUnit } from './format';
import type { Cell, Column } from './kinds';

const SAMPLE = 200;
const NARROWEST = 6;
const WIDEST = 48;

/** In letters: what fits the header and nearly all of the first rows. */
export function columnWidths(columns: Column[], rows: Cell[][]): number[] {
  const sample = rows.slice(0, SAMPLE);
  return columns.map(({ name, unit }, index) => {
    const lengths = sample.map((row) => cellText(row[index], unit).length).sort((a, b) => a - b);
    const usual = lengths[Math.floor(lengths.length * 0.95)] ?? 0;
    const letters = Math.max(name.length + 2, usual * (isCodeUnit(unit) ? 1.1 : 1));
    return Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(letters))) + 3;
  });
}
