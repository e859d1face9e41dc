import { expect, test } from 'vitest';
import { Holdback, hasCaughtUp } from './holdback';
import type { ChatMessage } from './message';

const answer = (...texts: string[]): ChatMessage => ({
  id: 'run',
  role: 'assistant',
  parts: texts.map((text) => ({ type: 'text', text })),
});

test('a replay has caught up when it has as many parts and the last is as long', () => {
  expect(hasCaughtUp(answer('one', 'two'), answer('one'))).toBe(false);
  expect(hasCaughtUp(answer('one', 'two'), answer('one', 't'))).toBe(false);
  expect(hasCaughtUp(answer('one', 'two'), answer('one', 'two'))).toBe(true);
  expect(hasCaughtUp(answer('one', 'two'), answer('one', 'two and more', 'three'))).toBe(true);
});

test('what was shown stays until the replay has caught up, and never comes back', () => {
  const holdback = new Holdback();
  const shown = answer('one', 'two');
  holdback.hold(shown);
  expect(holdback.apply([answer()])[0]).toBe(shown);
  expect(holdback.apply([answer('one')])[0]).toBe(shown);
  const replayed = [answer('one', 'two', 'three')];
  expect(holdback.apply(replayed)).toBe(replayed);
  const shorter = [answer('one')];
  expect(holdback.apply(shorter)).toBe(shorter);
});

test('a stream that ends shorter shows what there is', () => {
  const holdback = new Holdback();
  holdback.hold(answer('one', 'two'));
  holdback.release();
  const told = [answer('one')];
  expect(holdback.apply(told)).toBe(told);
});

test('other messages are left alone', () => {
  const holdback = new Holdback();
  holdback.hold({ ...answer('one', 'two'), id: 'another' });
  const told = [answer('one')];
  expect(holdback.apply(told)).toBe(told);
});
