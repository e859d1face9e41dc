import { expect, test } from 'vitest';
import { ownShare, visible, wholeCost } from './branches';
import { hunksOf, tally } from './difference';
import type { TreeNode } from './kinds';
import { levelTone, matching } from './logs';
import { sectionsOf } from './sections';
import { seriesInWords, thinned } from './series';
import { merge } from './useTokens';
import { columnWidths } from './widths';

const node = (label: string, cost: number | null, children: TreeNode[] = []): TreeNode => ({
  label,
  facts: cost === null ? [] : [['cost', cost]],
  children,
});

test('a folded branch hides what is below it, and places are told', () => {
  const roots = [node('a', 100, [node('b', 90, [node('c', 1)]), node('d', 4)])];
  const seen = (closed: string[]) =>
    visible(roots, new Set(closed)).map(({ path, level, place, siblings }) => [path, level, place, siblings]);
  expect(seen([])).toEqual([
    ['0', 1, 1, 1],
    ['0/0', 2, 1, 2],
    ['0/0/0', 3, 1, 1],
    ['0/1', 2, 2, 2],
  ]);
  expect(seen(['0/0']).map(([path]) => path)).toEqual(['0', '0/0', '0/1']);
});

test('a chain of two thousand nodes is walked without ending the page', () => {
  let chain = node('leaf', null);
  for (let at = 0; at < 2_000; at += 1) chain = node(`n${at}`, null, [chain]);
  expect(visible([chain], new Set()).length).toBe(2_001);
});

test('a node’s own share leaves out what its children cost', () => {
  const root = node('a', 100, [node('b', 90), node('c', null)]);
  expect([ownShare(root, wholeCost([root])), ownShare(node('b', 90), 100), ownShare(node('c', null), 100)]).toEqual([
    0.1,
    0.9,
    null,
  ]);
  expect(wholeCost([node('x', null)])).toBeNull();
});

test('a difference holds the lines that differ, hidden characters written out', () => {
  const hunks = hunksOf('a\nsafe', 'a\ns\u202Eafe') ?? [];
  expect(hunks[0]?.changes.map(({ type, content }) => [type, content])).toEqual([
    ['normal', 'a'],
    ['delete', 'safe'],
    ['insert', 's⟨U+202E⟩afe'],
  ]);
  expect(tally(hunks)).toEqual({ added: 1, removed: 1 });
  expect(hunksOf('same', 'same')).toEqual([]);
  expect(hunksOf('x'.repeat(300_000), 'y'.repeat(300_000))).toBeNull();
});

test('lines that look like the head of a patch are lines, with their numbers', () => {
  const hunks = hunksOf('x\n-- a\n', 'x\n-- b\n++ c\n') ?? [];
  expect(tally(hunks)).toEqual({ added: 2, removed: 1 });
  expect(hunks[0]?.changes.at(-1)).toMatchObject({ type: 'insert', content: '++ c', lineNumber: 3 });
});

test('levels mean the same in every system’s words', () => {
  expect(['ERROR', 'fatal', 'Warn', 'warning', 'debug5', 'LOG', 'notice'].map(levelTone)).toEqual([
    'bad',
    'bad',
    'warn',
    'warn',
    'quiet',
    'plain',
    'plain',
  ]);
});

test('a search finds lines that hold all words in text or level', () => {
  const lines = [{ level: 'ERROR', text: 'Deadlock found' }, { text: 'deadlock' }, { level: 'LOG', text: 'fine' }];
  expect(matching(lines, 'dead error')).toEqual([lines[0]]);
  expect(matching(lines, '')).toBe(lines);
});

test('sections put together are the whole text, and definitions keep it whole', () => {
  const text = '# A\n\npara\n\n```sql\nselect 1;\n\nselect 2;\n```\n\n- x\n- y\n';
  expect(sectionsOf(text).join('')).toBe(text);
  expect(sectionsOf(text).length).toBeGreaterThan(3);
  expect(sectionsOf('see [a]\n\n[a]: https://example.org')).toHaveLength(1);
});

test('many points become few and keep their peaks', () => {
  const points = Array.from({ length: 50_000 }, (_, at): [number, number] => [at, at === 31_337 ? 99 : at % 3]);
  const [line] = thinned([{ name: 'x', points }]);
  expect(line?.points.length).toBeLessThanOrEqual(2000);
  expect(line?.points.some(([, value]) => value === 99)).toBe(true);
  expect(
    seriesInWords(
      [
        {
          name: 'cpu',
          points: [
            [0, 1],
            [1, 5],
            [2, 3],
          ],
        },
      ],
      'percent',
    ),
  ).toBe('cpu: last 3 %, lowest 1 %, highest 5 %');
});

test('lines that stay the same keep their colours while code grows', () => {
  const done = { code: 'a\nb', lines: [[{ content: 'a', htmlStyle: { color: 'x' } }], [{ content: 'b' }]] };
  expect(merge('a\nbc\nd', done)).toEqual([done.lines[0], [{ content: 'bc' }], [{ content: 'd' }]]);
  expect(merge('a\nb', done)).toBe(done.lines);
});

test('a column is as wide as its usual value, within limits', () => {
  expect(columnWidths([{ name: 'id' }, { name: 'text' }], [[1, 'x'.repeat(500)]])).toEqual([9, 51]);
});
