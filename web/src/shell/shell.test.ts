import { expect, test } from 'vitest';
import { best, fuzzy, fuzzyNamed } from './fuzzy';
import { isOpen } from './nav';
import { isOtherVersion } from './stalePage';

const names = (query: string, list: string[]) => best(list, (name) => fuzzy(query, name), 10);

test('the beginning of a word is found before its middle', () => {
  expect(names('ap', ['Graph', 'Show approvals', 'Approvals'])).toEqual(['Approvals', 'Show approvals', 'Graph']);
});

test('first letters of words are found, letters strewn over a text are not', () => {
  expect(names('nss', ['New session started', 'insertions'])).toEqual(['New session started']);
});

test('a keyword finds an action, after those whose name answers', () => {
  expect(fuzzyNamed('chat', 'Sessions', 'chat conversation')).toBeGreaterThan(0);
  expect(fuzzyNamed('chat', 'Chat', '')).toBeGreaterThan(fuzzyNamed('chat', 'Sessions', 'chat'));
  expect(fuzzyNamed('hat', 'Sessions', 'chat')).toBe(0);
});

test('a page is open with everything under it, the overview only by itself', () => {
  expect([isOpen('/runs/r1', '/runs'), isOpen('/runsome', '/runs'), isOpen('/runs', '/'), isOpen('/', '/')]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test('another entry script is another version; an answer without one says nothing', () => {
  const html = '<script type="module" crossorigin src="/assets/index-B.js"></script>';
  expect(isOtherVersion('/assets/index-A.js', html)).toBe(true);
  expect(isOtherVersion('/assets/index-B.js', html)).toBe(false);
  expect(isOtherVersion('/assets/index-A.js', '<h1>Proxy</h1>')).toBe(false);
  expect(isOtherVersion(undefined, html)).toBe(false);
});
