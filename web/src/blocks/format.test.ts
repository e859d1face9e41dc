import { describe, expect, test } from 'vitest';
import { bytes, cellText, duration, moment, NONE, rawText, unitInName } from './format';

describe('a cell in words', () => {
  test.each([
    [null, 'bytes', NONE],
    [undefined, undefined, NONE],
    [8192, 'bytes', '8.0 KiB'],
    [-5, 'bytes', '-5 B'],
    [0.042, 'ms', '0.042 ms'],
    [310, 'ms', '310 ms'],
    [2.4, 'seconds', '2.4 s'],
    [99.713, 'percent', '99.7 %'],
    [48_211, 'count', '48,211'],
    [48_211, undefined, '48211'],
    [0.00004, undefined, '0.00004'],
    [true, undefined, 'yes'],
    [false, 'count', 'no'],
    [[1, 'two', null], undefined, `1, two, ${NONE}`],
    ['unknown', 'bytes', 'unknown'],
    ['yesterday', 'time', 'yesterday'],
    [{ a: 1 }, undefined, '{"a":1}'],
    [7, 'furlongs', '7'],
    [Number.NaN, 'ms', 'NaN'],
  ])('%j with unit %s reads as %s', (value, unit, words) => {
    expect(cellText(value, unit)).toBe(words);
  });

  test('a whole number that JSON rounded is not shown as exact', () => {
    expect(cellText(2 ** 53 + 2, 'count')).toBe('≈ 9,007,199,254,740,994');
    expect(cellText(2 ** 53 - 1)).toBe('9007199254740991');
  });

  test('the raw value is kept for the tooltip where the words round it', () => {
    expect(rawText(112_467_968, 'bytes')).toBe('112467968 bytes');
    expect(rawText(5, 'count')).toBeUndefined();
    expect(rawText('text', 'bytes')).toBeUndefined();
  });
});

test('durations keep parts of a millisecond and read by two units when long', () => {
  expect([0, 9.9994, 999, 61_000, 7_500_000, -310, Number.POSITIVE_INFINITY].map(duration)).toEqual([
    '0 ms',
    '9.999 ms',
    '999 ms',
    '1 m 1 s',
    '2 h 5 m',
    '−310 ms',
    NONE,
  ]);
});

test('sizes beyond the largest unit stay readable', () => {
  expect(bytes(2 ** 62)).toBe('4096 PiB');
});

test('a time of today has no date, one of another year has its year', () => {
  const now = new Date('2026-11-21T15:00:00');
  expect(moment('2026-11-21T09:30:00', now)).not.toMatch(/Nov|2026/);
  expect(moment('2026-03-02T09:30:00', now)).toMatch(/Mar/);
  expect(moment('2026-03-02T09:30:00', now)).not.toMatch(/2026/);
  expect(moment('2024-03-02T09:30:00', now)).toMatch(/2024/);
});

test('a name tells its unit', () => {
  expect(['size_bytes', 'waited ms', 'bytes', 'kilobytes', 'percent_used'].map(unitInName)).toEqual([
    'bytes',
    'ms',
    'bytes',
    undefined,
    undefined,
  ]);
});
