import { afterEach, describe, expect, test, vi } from 'vitest';
import { resolve, strokeOf } from './keyboard';
import { type Action, addActions, allActions, conflicts, performAction } from './registry';

const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});
const action = (id: string, shortcut?: string, more: Partial<Action> = {}): Action => ({
  id,
  name: id,
  group: 'Help',
  shortcut,
  perform: () => undefined,
  ...more,
});
const page = { isTyping: false, isTerminal: false, isInLayer: false };

describe('a key press as a stroke', () => {
  test.each([
    [press('k', { ctrlKey: true }), 'mod+k'],
    [press('K', { metaKey: true, shiftKey: true }), 'mod+shift+k'],
    [press('?', { shiftKey: true }), '?'],
    [press('Enter', { ctrlKey: true }), 'mod+enter'],
    [press('A', { shiftKey: true }), 'shift+a'],
    [press(' '), 'space'],
    [press('Shift', { shiftKey: true }), null],
  ])('%o is %s', (given, stroke) => expect(strokeOf(given)).toBe(stroke));
});

describe('what a stroke does', () => {
  const list = [action('runs', 'g r'), action('ask', 'mod+shift+k'), action('palette', 'mod+k'), action('help', '?')];
  const idOf = (pending: string, stroke: string, place = page, overrides = {}) =>
    resolve(list, overrides, pending, stroke, place).action?.id;

  test('the first stroke of a chord waits for the second', () => {
    expect(resolve(list, {}, '', 'g', page)).toEqual({ pending: 'g' });
    expect(idOf('g', 'r')).toBe('runs');
  });

  test('a second stroke that ends no chord may stand alone', () => {
    expect(idOf('g', '?')).toBe('help');
  });

  test('plain keys belong to a field that is typed in, keys with a modifier do not', () => {
    const typing = { ...page, isTyping: true };
    expect(idOf('', '?', typing)).toBeUndefined();
    expect(resolve(list, {}, '', 'g', typing)).toEqual({ pending: '' });
    expect(idOf('', 'mod+k', typing)).toBe('palette');
  });

  test('a terminal keeps Ctrl+K for itself and lets Ctrl+Shift+K through', () => {
    const terminal = { ...page, isTerminal: true };
    expect(idOf('', 'mod+k', terminal)).toBeUndefined();
    expect(idOf('', 'mod+shift+k', terminal)).toBe('ask');
  });

  test('the user’s own key takes the place of ours, and null takes it away', () => {
    expect(idOf('', 'h', page, { help: 'h' })).toBe('help');
    expect(idOf('', '?', page, { help: 'h' })).toBeUndefined();
    expect(idOf('', '?', page, { help: null })).toBeUndefined();
  });

  test('an action that cannot be done now leaves its key to others', () => {
    const two = [action('a', 'x', { when: () => false }), action('b', 'x')];
    expect(resolve(two, {}, '', 'x', page).action?.id).toBe('b');
  });
});

describe('the registry', () => {
  let remove: (() => void)[] = [];
  afterEach(() => {
    for (const each of remove) each();
    remove = [];
  });

  test('the action added last under an id wins until it goes', () => {
    const outer = vi.fn();
    const inner = vi.fn();
    remove.push(addActions([action('a', 'x', { perform: outer })]));
    const removeInner = addActions([action('a', 'x', { perform: inner })]);
    expect(allActions()).toHaveLength(1);
    performAction('a');
    removeInner();
    performAction('a');
    expect([inner.mock.calls.length, outer.mock.calls.length]).toEqual([1, 1]);
  });

  test('an action is not performed while it cannot be', () => {
    const perform = vi.fn();
    remove.push(addActions([action('a', 'x', { perform, when: () => false })]));
    expect(performAction('a')).toBe(false);
    expect(perform).not.toHaveBeenCalled();
  });
});

test('keys that are the same, or begin one another, are in conflict', () => {
  const list = [action('a', 'g r'), action('b', 'g'), action('c', 'x'), action('d', 'x'), action('e')];
  expect(conflicts(list, {})).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(conflicts(list, { b: null, d: 'y' })).toEqual([]);
});
