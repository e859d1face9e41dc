// Sorting the rows of a table.

import { isNumberUnit } from './format';
import type { Cell, Column } from './kinds';

export interface Order {
  column: number;
  descending: boolean;
}

const letters = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Nothing comes last in both directions; numbers before words; words as people sort them. */
function compare(one: Cell, other: Cell): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  if (typeof one === 'number') return -1;
  if (typeof other === 'number') return 1;
  if (typeof one === 'boolean' && typeof other === 'boolean') return Number(one) - Number(other);
  return letters.compare(String(one), String(other));
}

const isNothing = (value: Cell) => value === null || value === undefined;

/** A sorted copy; rows that are equal keep their places. */
export function ordered(rows: Cell[][], order: Order | null): Cell[][] {
  if (!order) return rows;
  const { column, descending } = order;
  return rows.toSorted((a, b) => {
    const [one, other] = [a[column], b[column]];
    if (isNothing(one) || isNothing(other)) return Number(isNothing(one)) - Number(isNothing(other));
    return descending ? compare(other, one) : compare(one, other);
  });
}

/** What a click on a header does: numbers start with the largest, words with the first; the third click undoes. */
export function nextOrder(order: Order | null, column: number, isNumeric: boolean): Order | null {
  if (order?.column !== column) return { column, descending: isNumeric };
  return order.descending === isNumeric ? { column, descending: !isNumeric } : null;
}

/** Which columns are numbers: by unit, or because each value is one. */
export function numericColumns(columns: Column[], rows: Cell[][]): boolean[] {
  return columns.map(({ unit }, index) => {
    if (unit) return isNumberUnit(unit);
    let found = false;
    for (const row of rows) {
      const value = row[index];
      if (isNothing(value)) continue;
      if (typeof value !== 'number') return false;
      found = true;
    }
    return found;
  });
}
