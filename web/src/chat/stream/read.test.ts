import { describe, expect, it } from 'vitest';
import { chunksOf } from './read';

const bytes = new TextEncoder();

/** A body whose reads are these. */
const body = (...reads: (string | Uint8Array)[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const read of reads) controller.enqueue(typeof read === 'string' ? bytes.encode(read) : read);
      controller.close();
    },
  });

async function all(stream: ReadableStream<Uint8Array>) {
  const batches = [];
  for await (const batch of chunksOf(stream)) batches.push(batch);
  return batches;
}

const delta = (text: string) => ({ type: 'text-delta', id: 't', delta: text });
const event = (chunk: unknown) => `data: ${JSON.stringify(chunk)}\n\n`;

describe('a body of events', () => {
  it('gives the chunks of one read together', async () => {
    expect(await all(body(event(delta('a')) + event(delta('b')), event(delta('c'))))).toEqual([
      [delta('a'), delta('b')],
      [delta('c')],
    ]);
  });

  it('may be cut anywhere, also inside of a letter', async () => {
    const whole = bytes.encode(event(delta('naïve ✓ 漢字')) + event(delta('end')));
    for (let at = 1; at < whole.length; at += 1) {
      const batches = await all(body(whole.slice(0, at), whole.slice(at)));
      expect(batches.flat()).toEqual([delta('naïve ✓ 漢字'), delta('end')]);
    }
  });

  it('passes over comments, other fields and the mark of the end', async () => {
    const text = `: keep-alive\n\nid: 7\nevent: x\n${event(delta('a'))}data: [DONE]\n\n`;
    expect(await all(body(text))).toEqual([[delta('a')]]);
  });

  it('drops an event that is cut off', async () => {
    expect(await all(body(`${event(delta('a'))}data: {"type":"text-d`))).toEqual([[delta('a')]]);
  });

  it('lets go of the connection when nobody listens any more', async () => {
    let isCancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes.encode(event(delta('a')))),
      cancel: () => {
        isCancelled = true;
      },
    });
    for await (const batch of chunksOf(stream)) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    await Promise.resolve();
    expect(isCancelled).toBe(true);
  });
});
