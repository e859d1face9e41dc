import { expect, test } from 'vitest';
import { completed, lastWord, suggestionsFor } from './suggest';

const KNOWN = {
  actors: ['root', 'Ada Lovelace'],
  tools: ['postgres.create_index', 'host.kill_process'],
  targets: ['shop-db', 'host'],
};
const texts = (text: string, filter = {}) => suggestionsFor(text, filter, KNOWN).map((one) => one.text);

test('an empty field offers every filter that is not set', () => {
  expect(texts('', { risk: 'low' })).toContain('actor:');
  expect(texts('', { risk: 'low' })).not.toContain('risk:');
});

test('after a name its values are offered, those that begin like it first', () => {
  expect(texts('slow result:re')).toEqual(['result:rejected', 'result:failure']);
  expect(texts('tool:host')).toEqual(['tool:host.kill_process']);
  expect(texts('action:appr')[0]).toBe('action:approval.*');
});

test('a name with a space is quoted, and found inside quotes', () => {
  expect(texts('actor:"Ada')).toEqual(['actor:"Ada Lovelace"']);
});

test('a part of a value finds its filter', () => {
  expect(texts('shop')).toEqual(['target:shop-db']);
});

test('choosing replaces the last word only', () => {
  expect(completed('slow ac', { text: 'actor:', hint: '', isWhole: false })).toBe('slow actor:');
  expect(completed('x actor:"Ada L', { text: 'actor:"Ada Lovelace"', hint: '', isWhole: true })).toBe(
    'x actor:"Ada Lovelace"',
  );
  expect(lastWord('slow ')).toBe('');
});
