import { expect, test } from 'vitest';
import type { Call } from '@/calls/wire';
import type { ChatMessage, Part } from './message';
import { goingOn, statusLine } from './words';

const call = (tool: string, over: Record<string, unknown> = {}): Call =>
  ({
    execution: { id: tool, tool, tool_kind: 'query', target: { name: 'shop-db' }, status: 'executing', ...over },
  }) as unknown as Call;
const message = (...parts: Part[]): ChatMessage => ({ id: 'run', role: 'assistant', parts });
const part = (data: Call): Part => ({ type: 'data-call', data });

test.each([
  ['postgres.get_slow_queries', 'reading slow queries on shop-db'],
  ['postgres.slow_queries', 'reading slow queries on shop-db'],
  ['docker.list_containers', 'listing containers on shop-db'],
  ['postgres.create_index', 'creating index on shop-db'],
])('%s in words is: %s', (tool, words) => {
  expect(goingOn(call(tool))).toBe(words);
});

test('the line says what is going on, and nothing while text is written or a question is open', () => {
  expect(statusLine(undefined)).toBe('Thinking…');
  expect(statusLine(message(part(call('postgres.get_locks'))))).toBe('Reading locks on shop-db…');
  expect(statusLine(message(part(call('postgres.create_index', { status: 'pending', tool_kind: 'change' }))))).toBe(
    'Planning create index on shop-db…',
  );
  expect(statusLine(message({ type: 'text', text: 'The', state: 'streaming' }))).toBeNull();
  const asked = { ...call('postgres.create_index', { status: 'pending' }), approval: { status: 'pending' } } as Call;
  expect(statusLine(message(part(asked)))).toBeNull();
});
