import type { ChatMessage } from '../message';
import type { SessionTransport } from '../transport';
import type { Chunk, FinishReason } from './chunk';
import { fold } from './fold';

export type StreamEnd = {
  message: ChatMessage;
  /** We let go of it. */
  isAbort: boolean;
  isError: boolean;
  /** Absent when the body ended before the server said so. */
  finishReason: FinishReason | undefined;
};

type Options = {
  messages: ChatMessage[];
  transport: SessionTransport;
  /** After each stream, however it ended. */
  onFinish: (end: StreamEnd) => void;
  /** Data that came, also what is not kept with the message. */
  onData: (chunk: Extract<Chunk, { type: `data-${string}` }>) => void;
  onError: (error: unknown) => void;
};

/** The messages of a conversation, and the one stream that adds to them. Knows no screen. */
export class LiveChat {
  status: 'ready' | 'submitted' | 'streaming' = 'ready';

  readonly #options: Options;
  readonly #listeners = new Set<() => void>();
  #messages: ChatMessage[];
  #abort: AbortController | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#messages = options.messages;
  }

  get messages(): ChatMessage[] {
    return this.#messages;
  }

  set messages(messages: ChatMessage[]) {
    if (messages === this.#messages) return;
    this.#messages = messages;
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Shows the message, sends it, and stays with its answer to the end of the stream. */
  sendMessage(message: ChatMessage, request: Parameters<SessionTransport['send']>[0]): Promise<void> {
    this.messages = [...this.#messages, message];
    return this.#follow((signal) => this.#options.transport.send(request, signal));
  }

  /** Takes the answer up again: of this run, or of the newest that goes on. */
  resumeStream(run?: string): Promise<void> {
    return this.#follow((signal) => this.#options.transport.resume(run, signal));
  }

  /** Lets go of the stream. What runs at the server goes on. */
  async stop(): Promise<void> {
    this.#abort?.abort();
  }

  async #follow(connect: (signal: AbortSignal) => Promise<AsyncIterable<Chunk[]> | null>): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.status = 'submitted';
    let message: ChatMessage = { id: '', role: 'assistant', parts: [] };
    let finishReason: FinishReason | undefined;
    let isError = false;
    let isConnected = false;
    try {
      const batches = await connect(abort.signal);
      // Nothing to take up.
      if (batches === null) return;
      isConnected = true;
      this.status = 'streaming';
      for await (const batch of batches) {
        if (abort.signal.aborted) break;
        for (const chunk of batch) {
          if (chunk.type === 'error') throw new Error(chunk.errorText);
          if (chunk.type === 'finish') finishReason = chunk.finishReason ?? finishReason;
          if (chunk.type === 'data-call' || chunk.type === 'data-notice') this.#options.onData(chunk);
          message = fold(message, chunk);
        }
        if (message.id !== '') this.#show(message);
      }
    } catch (error) {
      if (!abort.signal.aborted) {
        isError = true;
        this.#options.onError(error);
      }
    } finally {
      if (this.#abort === abort) {
        this.#abort = null;
        this.status = 'ready';
      }
      if (isConnected || isError || abort.signal.aborted) {
        this.#options.onFinish({ message, isAbort: abort.signal.aborted, isError, finishReason });
      }
    }
  }

  #show(message: ChatMessage): void {
    const at = this.#messages.findLastIndex((each) => each.id === message.id);
    this.messages = at < 0 ? [...this.#messages, message] : this.#messages.with(at, message);
  }
}
