import { expect, test } from 'vitest';
import { barsOfDays, roundTop } from './days';

const day = (index: number, counts = {}) => ({
  day: new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10),
  intended: 0,
  success: 1,
  failure: 0,
  rejected: 0,
  unknown: 0,
  ...counts,
});

test('a bar is a day, its parts add up, and results without entries have none', () => {
  const [bar] = barsOfDays([day(0, { success: 3, failure: 2 })]);
  expect(bar).toEqual({
    day: '2026-01-01',
    last: '2026-01-01',
    total: 5,
    parts: [
      { result: 'success', count: 3 },
      { result: 'failure', count: 2 },
    ],
  });
});

test('a year is drawn in weeks and loses nothing', () => {
  const bars = barsOfDays(Array.from({ length: 366 }, (_, index) => day(index)));
  expect(bars.length).toBe(53);
  expect(bars.reduce((sum, bar) => sum + bar.total, 0)).toBe(366);
  expect(bars[0]?.last).toBe('2026-01-07');
});

test('the top of the scale is round and holds the highest bar', () => {
  expect([0, 3, 7, 99, 101, 260].map(roundTop)).toEqual([5, 5, 10, 100, 200, 500]);
});
