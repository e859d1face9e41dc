import { describe, expect, test } from 'vitest';
import { formatAge, formatBytes, formatCost, formatDuration, formatRelative, plural } from './format';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [123 * 1024 * 1024, '123 MiB'],
  [5.25 * 1024 ** 4, '5.3 TiB'],
  [-2048, '-2.0 KiB'],
  [Number.NaN, '–'],
])('%d bytes read %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [-5, '0 ms'],
  [340, '340 ms'],
  [3_240, '3.2 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [192_000, '3 m 12 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 m'],
  [90_000_000, '1 d 1 h'],
])('%d milliseconds read %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

describe('times beside now', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const ago = (seconds: number) => new Date(now - seconds * 1000);
  test.each([
    [3, 'just now'],
    [50, '1 minute ago'],
    [180, '3 minutes ago'],
    [7_200, '2 hours ago'],
    [86_400, 'yesterday'],
    [-7_200, 'in 2 hours'],
    [-20, 'in less than a minute'],
  ])('%d seconds before reads %s', (seconds, text) => expect(formatRelative(ago(seconds), now)).toBe(text));

  test('the short form has one unit', () => {
    expect([10, 130, 7_300, 200_000].map((seconds) => formatAge(ago(seconds), now))).toEqual(['now', '2m', '2h', '2d']);
  });
});

test('small sums keep tenths of a cent', () => {
  expect([0, 0.0042, 1.5].map(formatCost)).toEqual(['$0.00', '$0.0042', '$1.50']);
});

test('one is not plural', () => {
  expect([plural(0, 'run'), plural(1, 'run'), plural(2, 'reply', 'replies')]).toEqual(['0 runs', '1 run', '2 replies']);
});
