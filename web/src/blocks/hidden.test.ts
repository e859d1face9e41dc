import { expect, test } from 'vitest';
import { hasHidden, revealed } from './hidden';

const marks = (text: string) =>
  revealed(text)
    .map((piece) => (typeof piece === 'string' ? piece : `[${piece.mark}]`))
    .join('');

test.each([
  ['plain text\twith\nlines', 'plain text\twith\nlines'],
  ['a\u202Egnp.exe\u202C', 'a[U+202E]gnp.exe[U+202C]'],
  ['zero\u200Bwidth', 'zero[U+200B]width'],
  ['\uFEFFstart', '[U+FEFF]start'],
  ['bell\u0007 and \u001B[31m', 'bell[U+0007] and [U+001B][31m'],
  ['tags\u{E0041}\u{E0042}\u{E0043}!', 'tags[U+E0041 +2]!'],
  ['soft\u00ADhyphen', 'soft[U+00AD]hyphen'],
])('%j is shown as %s', (text, shown) => {
  expect(marks(text)).toBe(shown);
});

test('joiners stay inside emoji and inside scripts that need them, and nowhere else', () => {
  expect(marks('👩‍💻 ❤\uFE0F‍🔥 1\uFE0F\u20E3')).toBe('👩‍💻 ❤\uFE0F‍🔥 1\uFE0F\u20E3');
  expect(marks('a\uFE01\uFE02')).toBe('a[U+FE01 +1]');
  expect(marks('می‌خواهم')).toBe('می‌خواهم');
  expect(marks('pass\u200Dword')).toBe('pass[U+200D]word');
});

test('ordinary letters of any script hide nothing', () => {
  expect(['Grüße', '日本語', 'Ελληνικά', 'עברית', '1 000', '🙂'].some(hasHidden)).toBe(false);
});
