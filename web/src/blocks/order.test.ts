import { expect, test } from 'vitest';
import { nextOrder, numericColumns, ordered } from './order';
import { rowsNote } from './rowsNote';

const rows = [
  [2, 'b10'],
  [null, 'b9'],
  [10, null],
  [1, 'A'],
];

test('numbers sort by size, words as people do, nothing comes last both ways', () => {
  const by = (column: number, descending: boolean) => ordered(rows, { column, descending }).map((row) => row[column]);
  expect(by(0, false)).toEqual([1, 2, 10, null]);
  expect(by(0, true)).toEqual([10, 2, 1, null]);
  expect(by(1, false)).toEqual(['A', 'b9', 'b10', null]);
  expect(ordered(rows, null)).toBe(rows);
});

test('a third click gives the first order back', () => {
  const first = nextOrder(null, 0, true);
  const second = nextOrder(first, 0, true);
  expect([first, second, nextOrder(second, 0, true)]).toEqual([
    { column: 0, descending: true },
    { column: 0, descending: false },
    null,
  ]);
  expect(nextOrder(first, 1, false)).toEqual({ column: 1, descending: false });
});

test('a column is numeric by its unit or by all of its values', () => {
  const columns = [
    { name: 'a' },
    { name: 'b' },
    { name: 'c', unit: 'bytes' },
    { name: 'd', unit: 'time' },
    { name: 'e' },
  ];
  expect(
    numericColumns(columns, [
      [1, 1, 'x', 1, null],
      [null, 'x', 1, 1, null],
    ]),
  ).toEqual([true, false, true, false, false]);
});

test('the note says how many rows there are, and how many there were', () => {
  expect([rowsNote(1, null), rowsNote(1000, 41_203), rowsNote(5, 5)]).toEqual([
    '1 row',
    '1,000 of 41,203 rows',
    '5 rows',
  ]);
});
