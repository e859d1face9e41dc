import { beforeEach, expect, test, vi } from 'vitest';
import { readDraft, sweepDrafts, writeDraft } from './draft';
import { readOutbox, writeOutbox } from './outbox';

class Shelf implements Storage {
  readonly #items = new Map<string, string>();
  get length() {
    return this.#items.size;
  }
  key = (at: number) => [...this.#items.keys()][at] ?? null;
  getItem = (key: string) => this.#items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.#items.set(key, value);
  removeItem = (key: string) => void this.#items.delete(key);
  clear = () => this.#items.clear();
}

let shelf: Shelf;
beforeEach(() => {
  shelf = new Shelf();
  vi.stubGlobal('localStorage', shelf);
});

test('each session has a draft of its own', () => {
  writeDraft('one', 'half a sent');
  writeDraft('two', 'another');
  expect([readDraft('one'), readDraft('two'), readDraft('three')]).toEqual(['half a sent', 'another', '']);
});

test('an emptied draft leaves nothing behind', () => {
  writeDraft('one', 'x');
  writeDraft('one', '');
  expect(shelf.length).toBe(0);
});

test('what cannot be read is no draft', () => {
  shelf.setItem('steersman.draft.one', '{"text":5}');
  shelf.setItem('steersman.draft.two', 'not json');
  expect([readDraft('one'), readDraft('two')]).toEqual(['', '']);
});

test('drafts older than a month are forgotten, other things are not', () => {
  const day = 24 * 60 * 60 * 1000;
  const now = Date.now();
  writeDraft('old', 'x', now - 31 * day);
  writeDraft('new', 'y', now - 29 * day);
  shelf.setItem('steersman.theme', '"dark"');
  sweepDrafts(shelf, now);
  expect([shelf.getItem('steersman.draft.old'), readDraft('new'), shelf.getItem('steersman.theme')]).toEqual([
    null,
    'y',
    '"dark"',
  ]);
});

test('messages on their way survive a reload, and rubbish does not', () => {
  writeOutbox('one', [{ id: 'k', text: 'hello' }]);
  shelf.setItem('steersman.outbox.two', '[{"id":"k"},{"id":"l","text":"ok"}]');
  expect(readOutbox('one')).toEqual([{ id: 'k', text: 'hello' }]);
  expect(readOutbox('two')).toEqual([{ id: 'l', text: 'ok' }]);
});
