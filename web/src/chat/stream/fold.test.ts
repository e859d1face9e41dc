// The page's own reading of the stream against the reference client of the protocol.

import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../message';
import type { Chunk } from './chunk';
import { fold } from './fold';

const RUN = '01a1fea9-fe5f-7482-81d8-15e2b7078a82';
const EMPTY: ChatMessage = { id: '', role: 'assistant', parts: [] };

/** What the reference client makes of the chunks. */
async function reference(chunks: Chunk[]): Promise<unknown> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunks)
        controller.enqueue({ ...chunk, ...('toolName' in chunk ? { dynamic: true } : {}) } as UIMessageChunk);
      controller.close();
    },
  });
  let last: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream, onError: (error) => expect.fail(String(error)) }))
    last = message;
  return plain(last);
}

/** As JSON has it: without what is undefined, and without our mark on a part that is being written. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (name, inner) => (name === 'streamId' ? undefined : inner)));

const folded = (chunks: Chunk[]): unknown => plain(chunks.reduce(fold, EMPTY));

const start: Chunk = { type: 'start', messageId: RUN, messageMetadata: { run_id: RUN, status: 'executing' } };
const call = (id: string): Chunk => ({
  type: 'tool-input-available',
  toolCallId: id,
  toolName: 'postgres.list_tables',
  input: { a: [1] },
});
const asked = (id: string): Chunk => ({
  type: 'tool-approval-request',
  toolCallId: id,
  approvalId: `approval-${id}`,
  reason: 'A change.',
  approvalDescriptor: { risk: 'medium' },
});
const seen = (id: string, status: string): Chunk =>
  ({ type: 'data-call', id, data: { execution: { id, status } } }) as unknown as Chunk;

const STORIES: Record<string, Chunk[]> = {
  'an answer in pieces': [
    start,
    { type: 'start-step' },
    { type: 'text-start', id: 't1' },
    { type: 'text-delta', id: 't1', delta: 'Hel' },
    { type: 'text-delta', id: 't1', delta: 'lo' },
    { type: 'text-end', id: 't1' },
    { type: 'finish-step' },
    {
      type: 'finish',
      finishReason: 'stop',
      messageMetadata: { status: 'completed', usage: { prompt_tokens: 3, completion_tokens: 4 } },
    },
  ],
  'a cut in the middle of a word': [
    start,
    { type: 'start-step' },
    { type: 'text-start', id: 't1' },
    { type: 'text-delta', id: 't1', delta: 'Hel' },
  ],
  'text that is taken back': [
    start,
    { type: 'start-step' },
    { type: 'text-start', id: 't1' },
    { type: 'text-delta', id: 't1', delta: 'wrong' },
    { type: 'reset-step' },
    { type: 'text-start', id: 't1' },
    { type: 'text-delta', id: 't1', delta: 'right' },
    { type: 'text-end', id: 't1' },
  ],
  'reasoning beside text': [
    start,
    { type: 'start-step' },
    { type: 'reasoning-start', id: 'r' },
    { type: 'text-start', id: 't' },
    { type: 'reasoning-delta', id: 'r', delta: 'hm' },
    { type: 'text-delta', id: 't', delta: 'so' },
    { type: 'reasoning-end', id: 'r' },
    { type: 'text-end', id: 't' },
  ],
  'a call that answers, and one that fails': [
    start,
    { type: 'start-step' },
    call('one'),
    seen('one', 'executing'),
    call('two'),
    seen('two', 'executing'),
    { type: 'tool-output-available', toolCallId: 'one', output: { outcome: 'completed' } },
    seen('one', 'completed'),
    { type: 'tool-output-error', toolCallId: 'two', errorText: 'gone' },
    seen('two', 'failed'),
  ],
  'an approval, granted': [
    start,
    { type: 'start-step' },
    call('one'),
    asked('one'),
    { type: 'tool-approval-response', approvalId: 'approval-one', approved: true, reason: 'fine' },
    { type: 'tool-output-available', toolCallId: 'one', output: null },
  ],
  'an approval, refused, and the next step': [
    start,
    { type: 'start-step' },
    call('one'),
    asked('one'),
    { type: 'tool-approval-response', approvalId: 'approval-one', approved: false },
    { type: 'tool-output-denied', toolCallId: 'one' },
    { type: 'finish-step' },
    { type: 'start-step' },
    { type: 'text-start', id: 't' },
    { type: 'text-delta', id: 't', delta: 'As you wish.' },
    { type: 'text-end', id: 't' },
  ],
  'a call that was not taken': [
    start,
    { type: 'tool-input-error', toolCallId: 'x', toolName: 'nope', input: 'raw', errorText: 'unknown tool' },
    { type: 'data-notice', id: 'refused-x', data: { level: 'warning', text: 'unknown tool' } },
    { type: 'data-notice', data: { level: 'warning', text: 'for now only' }, transient: true },
  ],
};

describe('a message, chunk by chunk', () => {
  it.each(Object.keys(STORIES))('is what the reference client makes of it: %s', async (name) => {
    const chunks = STORIES[name] ?? [];
    for (let length = 2; length <= chunks.length; length += 1) {
      const first = chunks.slice(0, length);
      // The reference tells of a step with its first word.
      if (first.at(-1)?.type.endsWith('-step')) continue;
      expect(folded(first), `after ${length} chunks`).toEqual(await reference(first));
    }
  });

  it('is never changed in place, so that what is drawn can be compared', () => {
    let message = EMPTY;
    for (const chunk of Object.values(STORIES).flat()) {
      const before = JSON.stringify(message);
      const after = fold(message, chunk);
      expect(JSON.stringify(message)).toBe(before);
      message = after;
    }
  });

  it('forgets what it had when the stream tells it again', () => {
    const twice = [...(STORIES['an answer in pieces'] ?? []), ...(STORIES['text that is taken back'] ?? [])];
    expect(folded(twice)).toEqual(folded(STORIES['text that is taken back'] ?? []));
  });

  it('lives on with chunks that a newer server adds', () => {
    expect(folded([start, { type: 'something-new' } as unknown as Chunk])).toEqual(folded([start]));
  });
});
