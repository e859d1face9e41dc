// How a conversation travels: the AI SDK's message stream, with requests that hold only what the server does not have.

import { problemOf } from '@/api/problem';
import type { Outgoing } from './outbox';
import type { Chunk } from './stream/chunk';
import { chunksOf } from './stream/read';

const path = (session: string) => `/api/sessions/${encodeURIComponent(session)}`;

export interface TransportEvents {
  /** The server holds the message now. */
  onTaken?: (key: string) => void;
  /** A resumed stream begins to tell the newest run's message again. */
  onReplay?: () => void;
  /** There was nothing to resume: the newest run is over. */
  onNothing?: () => void;
}

export class SessionTransport {
  readonly #path: string;
  readonly #events: TransportEvents;
  readonly #fetch: typeof fetch;

  constructor(
    session: string,
    events: TransportEvents = {},
    fetcher: typeof fetch = (...request) => globalThis.fetch(...request),
  ) {
    this.#path = path(session);
    this.#events = events;
    this.#fetch = fetcher;
  }

  /** Says something; its answer streams. Fails with an ApiProblem, or as `fetch` does. */
  async send({ id, text, page, replaces }: Outgoing, signal: AbortSignal): Promise<AsyncIterable<Chunk[]>> {
    const response = await this.#fetch(`${this.#path}/messages`, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json', 'idempotency-key': id },
      credentials: 'same-origin',
      body: JSON.stringify({ text, ...(page && { page }), ...(replaces && { replaces }) }),
      signal,
    });
    const chunks = await chunksIn(response);
    this.#events.onTaken?.(id);
    return chunks;
  }

  /** The answer from its start. A named run is told again also when it is over by now; null when nothing goes on. */
  async resume(run: string | undefined, signal: AbortSignal): Promise<AsyncIterable<Chunk[]> | null> {
    const response = await this.#fetch(`${this.#path}/stream${run ? `?run_id=${encodeURIComponent(run)}` : ''}`, {
      headers: { accept: 'text/event-stream' },
      credentials: 'same-origin',
      signal,
    });
    if (response.status === 204) {
      this.#events.onNothing?.();
      return null;
    }
    const chunks = await chunksIn(response);
    this.#events.onReplay?.();
    return chunks;
  }
}

async function chunksIn(response: Response): Promise<AsyncIterable<Chunk[]>> {
  if (!response.ok) throw await problemOf(response);
  if (response.body === null) throw new TypeError('network: an answer without a body');
  return chunksOf(response.body);
}
