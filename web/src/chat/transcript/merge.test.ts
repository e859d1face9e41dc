import { expect, test } from 'vitest';
import { type ChatMessage, keyOf } from '../message';
import { before, mergeNewest, prependOlder } from './merge';

const said = (run: string, text = run): ChatMessage => ({
  id: `m-${run}`,
  role: 'user',
  parts: [{ type: 'text', text }],
  metadata: { run_id: run },
});
const told = (run: string, text = run): ChatMessage => ({
  id: run,
  role: 'assistant',
  parts: [{ type: 'text', text }],
  metadata: { run_id: run },
});
const turn = (run: string) => [said(run), told(run)];
const typed = (id: string): ChatMessage => ({ id, role: 'user', parts: [{ type: 'text', text: id }] });
const keys = (messages: ChatMessage[]) => messages.map(keyOf).join(' ');

test('a page whose beginning is shown keeps what is above it', () => {
  const merged = mergeNewest([...turn('a'), ...turn('b')], { items: [...turn('b'), ...turn('c')] });
  expect(keys(merged.messages)).toBe('user:a assistant:a user:b assistant:b user:c assistant:c');
  expect(merged.isReset).toBe(false);
});

test('a page of another branch drops what does not lead to it', () => {
  const merged = mergeNewest([...turn('a'), ...turn('b'), ...turn('c')], { items: [...turn('a'), ...turn('x')] });
  expect(keys(merged.messages)).toBe('user:a assistant:a user:x assistant:x');
});

test('a page that nothing shown leads to takes the place of all', () => {
  const merged = mergeNewest(turn('a'), { items: turn('z') });
  expect(keys(merged.messages)).toBe('user:z assistant:z');
  expect(merged.isReset).toBe(true);
});

test('messages that did not change keep their objects, others take the new ones', () => {
  const shown = [...turn('a'), ...turn('b')];
  const page = { items: [...turn('a'), said('b'), told('b', 'more')] };
  const { messages } = mergeNewest(shown, page);
  expect(messages[0]).toBe(shown[0]);
  expect(messages[1]).toBe(shown[1]);
  expect(messages[3]).toBe(page.items[3]);
});

test('the message that a stream tells stays as the stream left it', () => {
  const streamed = told('b', 'one two three');
  const { messages } = mergeNewest(
    [...turn('a'), said('b'), streamed],
    { items: [...turn('a'), said('b'), told('b', 'one')] },
    'b',
  );
  expect(messages[3]).toBe(streamed);
});

test('what was typed here gives way to the run that it became', () => {
  const { messages } = mergeNewest([...turn('a'), typed('k1'), told('b')], { items: [...turn('a'), ...turn('b')] });
  expect(keys(messages)).toBe('user:a assistant:a user:b assistant:b');
});

test('what was typed and is no run yet stays at the end, with its answer', () => {
  const merged = mergeNewest([...turn('a'), typed('k1')], { items: turn('a') });
  expect(keys(merged.messages)).toBe('user:a assistant:a k1');
  const answered = mergeNewest([...turn('a'), typed('k1'), told('b')], { items: turn('a') }, 'b');
  expect(keys(answered.messages)).toBe('user:a assistant:a k1 assistant:b');
});

test('an older page goes above, and nothing comes twice', () => {
  const messages = prependOlder([...turn('b'), ...turn('c')], { items: [...turn('a'), ...turn('b')] });
  expect(keys(messages)).toBe('user:a assistant:a user:b assistant:b user:c assistant:c');
});

test('a message that is said anew takes away what followed from it', () => {
  expect(keys(before([...turn('a'), ...turn('b'), ...turn('c')], 'b'))).toBe('user:a assistant:a');
});
