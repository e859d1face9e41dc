import { makeStore, type Store } from '@/api/signals';
import { belongs, type LiveMessage, leaveFrame, type Topic, topicKey } from './topics';

/** `polling`: the server has no socket for us, so visible queries are asked again from time to time. */
export type LiveState = 'idle' | 'connecting' | 'open' | 'waiting' | 'polling';

/** The part of WebSocket that is used. */
export type Wire = {
  send(data: string): void;
  close(code?: number): void;
  onopen: ((event: never) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: never) => void) | null;
};

export type SocketOptions = {
  connect: () => Wire;
  /** Told after a try that never opened: is the server there at all? */
  isServerThere: () => Promise<boolean>;
  onAway: (isRestart: boolean) => void;
  onSignedOut: () => void;
  /** The socket is open again after it was lost: what came by other ways may be stale. */
  onReopened: () => void;
  random?: () => number;
};

type Handler = (message: LiveMessage) => void;
type Subscription = { topic: Topic; handlers: Set<Handler>; after: number | undefined };
type Ack = { type: 'ack'; id: string; ok: boolean; position?: number; problem?: unknown };
type Waiting = { done: (ack: Ack) => void; fail: (error: unknown) => void };

const SIGNED_OUT = 4001;
const TOO_SLOW = 4008;
const RESTARTING = 1012;
/** Without a frame or an acknowledgement for this long the socket is taken for dead (a sleeping laptop). */
const ACK_WITHIN = 10_000;
const POLLING_TRIES_EVERY = 60_000;

/** One socket for the tab. Subscriptions outlive it: after a loss each is joined again after its last position. */
export class LiveSocket {
  readonly state: Store<LiveState> = makeStore<LiveState>('idle');
  private wire: Wire | null = null;
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly listeners = new Set<Handler>();
  private readonly acks = new Map<string, Waiting>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private nextId = 1;
  private wasOpen = false;
  private hadOpenBefore = false;

  constructor(private readonly options: SocketOptions) {}

  /** Connects; harmless when already connected. */
  start(): void {
    if (this.wire) return;
    clearTimeout(this.timer);
    this.state.set('connecting');
    this.wasOpen = false;
    let wire: Wire;
    try {
      wire = this.options.connect();
    } catch {
      this.wait();
      return;
    }
    this.wire = wire;
    wire.onopen = () => this.opened();
    wire.onmessage = (event) => this.received(event.data);
    wire.onerror = () => undefined;
    wire.onclose = (event) => void this.closed(wire, event.code);
  }

  /** Tries at once, instead of when the wait is over. */
  retryNow(): void {
    if (this.wire) return;
    this.attempts = 0;
    this.start();
  }

  stop(): void {
    clearTimeout(this.timer);
    const wire = this.wire;
    this.wire = null;
    this.state.set('idle');
    wire?.close(1000);
    this.failAcks();
  }

  /** Follows a topic until the returned function is called. */
  follow(topic: Topic, handler: Handler, after?: number): () => void {
    const key = topicKey(topic);
    let subscription = this.subscriptions.get(key);
    if (!subscription) {
      subscription = { topic, handlers: new Set(), after };
      this.subscriptions.set(key, subscription);
      if (this.state.get() === 'open') void this.join(subscription);
    }
    const kept = subscription;
    kept.handlers.add(handler);
    return () => {
      kept.handlers.delete(handler);
      if (kept.handlers.size > 0 || this.subscriptions.get(key) !== kept) return;
      this.subscriptions.delete(key);
      if (this.state.get() === 'open') this.request(leaveFrame(topic)).catch(() => undefined);
    };
  }

  /** Hears every broadcast, whatever it was followed for. */
  listen(handler: Handler): () => void {
    this.listeners.add(handler);
    return () => this.listeners.delete(handler);
  }

  /** Sends a frame and waits for its acknowledgement. Rejects with its problem, or when the socket is lost. */
  request(frame: Record<string, unknown>): Promise<Ack> {
    const wire = this.wire;
    if (!wire || this.state.get() !== 'open') return Promise.reject(new Error('The live connection is not open.'));
    const id = String(this.nextId++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.acks.delete(id);
        reject(new Error('The live connection does not answer.'));
        wire.close(4000);
      }, ACK_WITHIN);
      this.acks.set(id, {
        done: (ack) => {
          clearTimeout(timer);
          if (ack.ok) resolve(ack);
          else reject(ack.problem);
        },
        fail: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      wire.send(JSON.stringify({ ...frame, id }));
    });
  }

  private async join(subscription: Subscription): Promise<void> {
    const { topic, after } = subscription;
    try {
      const { position } = await this.request(after === undefined ? topic : { ...topic, after });
      if (position !== undefined) subscription.after = Math.max(position, subscription.after ?? 0);
    } catch {
      // Lost again, or refused: queries still answer, and a new join follows the next opening.
    }
  }

  private opened(): void {
    this.wasOpen = true;
    this.attempts = 0;
    this.state.set('open');
    for (const subscription of this.subscriptions.values()) void this.join(subscription);
    if (this.hadOpenBefore) this.options.onReopened();
    this.hadOpenBefore = true;
  }

  private received(data: unknown): void {
    if (typeof data !== 'string') return;
    let message: LiveMessage;
    try {
      message = JSON.parse(data) as LiveMessage;
    } catch {
      return;
    }
    if (message.type === 'ack') {
      const ack = message as unknown as Ack;
      this.acks.get(String(ack.id))?.done(ack);
      this.acks.delete(String(ack.id));
      return;
    }
    for (const subscription of this.subscriptions.values()) {
      if (!belongs(message, subscription.topic)) continue;
      if (message.seq !== undefined) subscription.after = Math.max(message.seq, subscription.after ?? 0);
      for (const handler of [...subscription.handlers]) handler(message);
    }
    for (const listener of [...this.listeners]) listener(message);
  }

  private async closed(wire: Wire, code: number): Promise<void> {
    if (this.wire !== wire) return;
    this.wire = null;
    this.failAcks();
    if (code === SIGNED_OUT) {
      this.state.set('idle');
      this.options.onSignedOut();
      return;
    }
    if (this.wasOpen) {
      if (code === RESTARTING) this.options.onAway(true);
      if (code === TOO_SLOW) this.attempts = 0;
      this.wait();
      return;
    }
    this.state.set('waiting');
    if (await this.options.isServerThere()) {
      if (this.state.get() !== 'waiting') return;
      this.state.set('polling');
      this.timer = setTimeout(() => this.start(), POLLING_TRIES_EVERY);
      return;
    }
    this.options.onAway(false);
    this.wait();
  }

  private wait(): void {
    this.state.set('waiting');
    const random = (this.options.random ?? Math.random)();
    const wait = Math.min(15_000, 500 * 2 ** this.attempts) * (0.75 + random / 2);
    this.attempts += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.start(), wait);
  }

  private failAcks(): void {
    for (const waiting of this.acks.values()) waiting.fail(new Error('The live connection was lost.'));
    this.acks.clear();
  }
}
