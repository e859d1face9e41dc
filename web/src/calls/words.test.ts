import { expect, test } from 'vitest';
import { usageInWords } from './UsageChip';
import type { Fact, SuggestedCall } from './wire';
import { callInWords, factInWords, isProduction, suggestionLabel, toolTitle } from './words';

const call = (tool: string, given: object, is_undo = false) =>
  ({ tool, target: 'orders-db', arguments: given, because: '', is_undo }) as unknown as SuggestedCall;

test('a tool’s name becomes words', () => {
  expect([toolTitle('postgres.create_index'), toolTitle('host.read_logs')]).toEqual(['Create index', 'Read logs']);
});

test.each([
  [
    call('postgres.create_index', { table: 'orders', columns: ['a', 'b'], unique: true, method: null }),
    'create index on orders (a, b) unique on orders-db',
  ],
  [call('postgres.drop_index', { index: 'i' }), 'drop index i on orders-db'],
  [call('postgres.analyze', { table: 'orders' }), 'analyze orders on orders-db'],
  [call('postgres.run_query', { sql: 'select 1', limit: 5 }), 'run query `select 1` limit 5 on orders-db'],
])('a suggested call reads as a person would type it', (given, words) => {
  expect(callInWords(given)).toBe(words);
});

test('an undo is called one', () => {
  expect(suggestionLabel(call('postgres.drop_index', { index: 'i' }, true))).toBe('Undo: drop index i');
  expect(suggestionLabel(call('postgres.analyze_table', { table: 'orders' }))).toBe('Analyze table orders');
});

test('facts read as clauses', () => {
  const facts: Fact[] = [
    { fact: 'rows_changed', rows: 1 },
    { fact: 'rows_changed', rows: 1200 },
    { fact: 'primary_with_replicas', replicas: 2 },
    { fact: 'effect_unknown', why: 'a function is called' },
  ];
  expect(facts.map(factInWords)).toEqual([
    'changes 1 row',
    'changes 1,200 rows',
    'the primary of 2 replicas',
    'effect unknown: a function is called',
  ]);
});

test('an environment that is unset or unknown counts as production', () => {
  expect(['production', '', 'blue', 'staging', 'local'].map(isProduction)).toEqual([true, true, true, false, false]);
});

test('usage leaves out what is not known', () => {
  expect(usageInWords({ prompt_tokens: 1200, completion_tokens: 9, cached_tokens: 1000 }, 0.02, 'large-1')).toBe(
    'large-1, 1,200 tokens read (1,000 from cache), 9 tokens written, $0.02',
  );
  expect(usageInWords({ prompt_tokens: 5 }, null, null)).toBe('5 tokens read');
});
