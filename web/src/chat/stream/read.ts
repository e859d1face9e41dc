import type { Chunk } from './chunk';

/** An event longer than this is not ours; it ends the stream as a broken connection does. */
const LONGEST_EVENT = 64 * 1024 * 1024;

/**
 * The chunks of a body of server-sent events, those of one read from the network together. Comments and other fields
 * are passed over, and so is `[DONE]`: the end of the body is the end.
 */
export async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Chunk[]> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const end = rest.lastIndexOf('\n\n');
      if (end >= 0) {
        const chunks = rest.slice(0, end).split('\n\n').flatMap(chunkOf);
        rest = rest.slice(end + 2);
        if (chunks.length > 0) yield chunks;
      }
      // What is cut off in the middle of an event is no event.
      if (done) return;
      if (rest.length > LONGEST_EVENT) throw new TypeError('network: an event without an end');
    }
  } finally {
    // Whoever stops listening lets go of the connection.
    void reader.cancel().catch(() => undefined);
  }
}

function chunkOf(event: string): Chunk[] {
  const data = event
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line.startsWith('data: ') ? 6 : 5))
    .join('\n');
  if (data === '' || data === '[DONE]') return [];
  return [JSON.parse(data) as Chunk];
}
