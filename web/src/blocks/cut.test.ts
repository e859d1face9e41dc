import { expect, test } from 'vitest';
import { cutText, LONGEST_LINE, linesOf } from './cut';

test('a short text is whole', () => {
  expect(cutText('abc', 3)).toEqual({ text: 'abc', isCut: false });
});

test('a cut falls on a line end when one is near, and never inside a character', () => {
  expect(cutText('01234567\n9abc', 10)).toEqual({ text: '01234567', isCut: true });
  expect(cutText(`${'x'.repeat(9)}😀`, 10)).toEqual({ text: 'x'.repeat(9), isCut: true });
});

test('lines count too', () => {
  expect(cutText('a\nb\nc\nd', 100, 2)).toEqual({ text: 'a\nb', isCut: true });
  expect(cutText('a\nb', 100, 2)).toEqual({ text: 'a\nb', isCut: false });
});

test('ten megabytes are cut at once', () => {
  const text = 'word '.repeat(2_000_000);
  const start = performance.now();
  expect(cutText(text, 3000, 24).text.length).toBeLessThanOrEqual(3000);
  expect(performance.now() - start).toBeLessThan(50);
});

test('overlong lines come in parts and carriage returns go', () => {
  const lines = linesOf(`a\r\n${'b'.repeat(LONGEST_LINE + 1)}\n`);
  expect(lines.map((line) => line.length)).toEqual([1, LONGEST_LINE, 1, 0]);
});
