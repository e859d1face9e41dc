// One session as it goes on: pages of its transcript, the stream of the answer, what is on its way to the server, and
// the way back after a lost connection. Knows no screen.

import type { ApiProblem } from '@/api/problem';
import { Pause, pauseAfter } from './backoff';
import { Holdback } from './holdback';
import { type ChatMessage, isOver, type Notice, type PageContext, runOf } from './message';
import { LONGEST_QUEUE, type Outgoing, readOutbox, writeOutbox } from './outbox';
import { isPassing, refusalOf } from './problem';
import { LiveChat } from './stream/LiveChat';
import { before, mergeNewest, prependOlder, type TranscriptPage } from './transcript/merge';
import { SessionTransport } from './transport';

/** Runs of a page when a session opens, of an older page, and of a look at what is new. */
const FIRST_RUNS = 12;
const OLDER_RUNS = 30;
const NEWS_RUNS = 12;
const MOST_RUNS = 100;
const NEWS_MS = 150;
// A stream that lived this long was a real connection: the next attempt begins with the shortest pause.
const STEADY_MS = 3000;

export interface ConversationApi {
  page(options: { limit: number; before?: string }): Promise<TranscriptPage>;
  cancel(run: string): Promise<void>;
  showBranch(run: string): Promise<void>;
}

export interface ConversationState {
  phase: 'opening' | 'open' | 'gone';
  /** Why opening failed, or why the session is gone. */
  trouble: ApiProblem | null;
  /** Where the older page begins; null when all is shown. */
  olderCursor: string | null;
  older: 'idle' | 'loading' | 'failed';
  /** `lost` while the answer goes on without us. */
  link: 'steady' | 'lost';
  outbox: Outgoing[];
  /** Stop pauses the queue until the person sends again. */
  isQueuePaused: boolean;
  /** A message that the server would not take. */
  refused: { problem: ApiProblem; outgoing: Outgoing } | null;
  /** Something else that did not work: a stop, a branch. */
  complaint: ApiProblem | null;
  isStopping: boolean;
  /** An answer is on its way, also while the connection is lost. */
  isBusy: boolean;
}

type Ending = 'told' | 'cut' | 'nothing' | 'left' | { refused: ApiProblem };

const START: ConversationState = {
  phase: 'opening',
  trouble: null,
  olderCursor: null,
  older: 'idle',
  link: 'steady',
  outbox: [],
  isQueuePaused: false,
  refused: null,
  complaint: null,
  isStopping: false,
  isBusy: false,
};

export interface ConversationOptions {
  session: string;
  api: ConversationApi;
  fetcher?: typeof fetch;
  /** What was shown last time, until the newest page is here. */
  initial?: TranscriptPage | undefined;
  freshId: () => string;
  /** Something to know now that is not part of an answer. */
  onNotice?: (notice: Notice) => void;
  /** After each change on the server's side: a turn is over, or a new one began. */
  onTurn?: () => void;
}

export class Conversation {
  readonly session: string;
  readonly chat: LiveChat;
  readonly holdback = new Holdback();
  state: ConversationState;

  readonly #options: ConversationOptions;
  readonly #listeners = new Set<() => void>();
  readonly #pause = new Pause();
  #isClosed = true;
  #isFollowing = false;
  #ending: Ending | null = null;
  #taken = new Set<string>();
  #news: { timer?: ReturnType<typeof setTimeout>; isLooking: boolean; again: boolean } = {
    isLooking: false,
    again: false,
  };
  #wantsStop = false;
  #posted: string | null = null;
  #resumed: { run: string | undefined; count: number; isDue: boolean } = { run: undefined, count: 0, isDue: true };

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.session = options.session;
    this.state = {
      ...START,
      phase: options.initial ? 'open' : 'opening',
      olderCursor: options.initial?.next_cursor ?? null,
      outbox: readOutbox(options.session),
    };
    this.chat = new LiveChat({
      messages: options.initial?.items ?? [],
      transport: new SessionTransport(
        options.session,
        {
          onTaken: (key) => {
            this.#taken.add(key);
            this.#setOutbox(this.state.outbox.filter((one) => one.id !== key));
          },
          onReplay: () => this.#set({ link: 'steady' }),
          onNothing: () => {
            this.#ending = 'nothing';
          },
        },
        options.fetcher,
      ),
      onFinish: ({ message, isAbort, isError, finishReason }) => {
        if (isAbort) this.#ending = 'left';
        else if (!isError) this.#ending = isTold(message, finishReason) ? 'told' : 'cut';
      },
      // What is not kept with the message is for now only.
      onData: (part) => {
        if (part.type === 'data-notice' && part.id === undefined) options.onNotice?.(part.data);
      },
      onError: (error) => {
        this.#ending = { refused: refusalOf(error) };
      },
    });
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): ConversationState => this.state;

  /** The run whose answer is being told now; undefined before its first word. */
  get streamingRun(): string | undefined {
    if (!this.#isFollowing) return undefined;
    const last = this.chat.messages.at(-1);
    return last?.role === 'assistant' ? runOf(last) : undefined;
  }

  open(): void {
    this.#isClosed = false;
    void this.#open();
  }

  /** Lets go of the connection; the run goes on at the server. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#news.timer);
    this.#pause.wake();
    void this.chat.stop();
  }

  /** What can be shown at once when the session is opened again. */
  kept(): TranscriptPage {
    return {
      items: this.chat.messages.filter((message) => runOf(message) !== undefined),
      next_cursor: this.state.olderCursor,
    };
  }

  retry(): void {
    this.#pause.wake();
    if (this.state.phase === 'opening' && this.state.trouble) {
      this.#set({ trouble: null });
      void this.#open();
    }
  }

  /** Something happened in the session. Events of the run that is streamed here tell nothing new. */
  heard(run: string | undefined): void {
    if (this.#isFollowing && (run === undefined || run === this.streamingRun || this.streamingRun === undefined))
      return;
    this.lookForNews();
  }

  lookForNews(inMs: number = NEWS_MS): void {
    if (this.#isClosed) return;
    this.#news.timer ??= setTimeout(() => {
      delete this.#news.timer;
      void this.#look(NEWS_RUNS);
    }, inMs);
  }

  async loadOlder(): Promise<void> {
    const cursor = this.state.olderCursor;
    if (!cursor || this.state.older === 'loading') return;
    this.#set({ older: 'loading' });
    try {
      const page = await this.#options.api.page({ limit: OLDER_RUNS, before: cursor });
      // A branch shown meanwhile has another past.
      if (this.state.olderCursor !== cursor) return this.#set({ older: 'idle' });
      this.chat.messages = prependOlder(this.chat.messages, page);
      this.#set({ older: 'idle', olderCursor: page.next_cursor ?? null });
    } catch {
      this.#set({ older: 'failed' });
    }
  }

  /** Sends at once, or after what is going on. False when too many wait already. */
  send(text: string, page?: PageContext): boolean {
    if (this.state.outbox.length >= LONGEST_QUEUE) return false;
    const outgoing: Outgoing = { id: this.#options.freshId(), text, ...(page && { page }) };
    this.#set({ isQueuePaused: false, refused: null });
    this.#setOutbox([...this.state.outbox, outgoing]);
    this.#drain(true);
    return true;
  }

  /** A new version of the message of this run: other words, or the same once more. */
  replace(run: string, text: string): void {
    const outgoing: Outgoing = { id: this.#options.freshId(), text, replaces: run };
    this.#set({ isQueuePaused: false, refused: null, complaint: null });
    this.#setOutbox([outgoing, ...this.state.outbox]);
    this.#drain(true);
  }

  /** Sends one that waits in the queue before the others. */
  sendNow(id: string): void {
    const one = this.state.outbox.find((outgoing) => outgoing.id === id);
    if (!one) return;
    this.#set({ isQueuePaused: false });
    this.#setOutbox([one, ...this.state.outbox.filter((other) => other !== one)]);
    this.#pause.wake();
    this.#drain(true);
  }

  withdraw(id: string): Outgoing | undefined {
    const one = this.state.outbox.find((outgoing) => outgoing.id === id);
    this.#setOutbox(this.state.outbox.filter((other) => other !== one));
    return one;
  }

  forgive(): void {
    this.#set({ refused: null, complaint: null });
  }

  /** Stops a run, or else the one that is going on or waits. Messages in the queue stay there. */
  async stop(run?: string): Promise<void> {
    if (run !== undefined) return this.#cancel(run);
    this.#set({ isStopping: true, isQueuePaused: this.state.outbox.length > 0 });
    this.#wantsStop = true;
    await this.#stop();
  }

  async showBranch(run: string): Promise<void> {
    const at = this.chat.messages.findIndex((message) => (message.metadata?.siblings ?? []).includes(run));
    const below = at < 0 ? 0 : Math.ceil((this.chat.messages.length - at) / 2);
    try {
      await this.#options.api.showBranch(run);
      this.#set({ complaint: null });
      if (this.#isFollowing) await this.chat.stop();
      await this.#look(Math.min(Math.max(below + 5, NEWS_RUNS), MOST_RUNS));
    } catch (error) {
      this.#set({ complaint: refusalOf(error) });
    }
  }

  async #open(): Promise<void> {
    let failures = 0;
    while (!this.#isClosed) {
      try {
        const page = await this.#options.api.page({ limit: FIRST_RUNS });
        if (this.#isClosed) return;
        this.#lay(page);
        this.#set({ phase: 'open', trouble: null, link: 'steady' });
        return this.#goOn(page);
      } catch (error) {
        const refused = refusalOf(error);
        if (refused.status === 404) return this.#set({ phase: 'gone', trouble: refused });
        this.#set({ trouble: refused });
        if (!isPassing(refused)) return;
        await this.#pause.wait(pauseAfter(failures));
        failures += 1;
      }
    }
  }

  async #look(limit: number): Promise<void> {
    const news = this.#news;
    if (news.isLooking || this.chat.status === 'submitted') {
      news.again = true;
      return;
    }
    news.isLooking = true;
    try {
      const page = await this.#options.api.page({ limit });
      if (this.#isClosed) return;
      this.#lay(page);
      this.#options.onTurn?.();
      if (!this.#isFollowing) this.#goOn(page);
    } catch (error) {
      const refused = refusalOf(error);
      if (refused.status === 404) this.#set({ phase: 'gone', trouble: refused });
    } finally {
      news.isLooking = false;
      if (news.again && !this.#isFollowing) {
        news.again = false;
        this.lookForNews();
      }
    }
  }

  #lay(page: TranscriptPage): void {
    const merged = mergeNewest(this.chat.messages, page, this.streamingRun);
    this.chat.messages = merged.messages;
    const isFirst = merged.messages[0]?.id === page.items[0]?.id;
    if (merged.isReset || isFirst) this.#set({ olderCursor: page.next_cursor ?? null });
  }

  /** Follows the newest run when it goes on; otherwise what waits is sent. */
  #goOn(page: TranscriptPage): void {
    const last = page.items.at(-1);
    const status = last?.metadata?.status;
    const isGoingOn = last !== undefined && status !== undefined && !isOver(status) && status !== 'waiting_approval';
    const pause = isGoingOn ? this.#pauseBeforeResuming(runOf(last)) : 0;
    if (!isGoingOn) this.#drain(false);
    else if (pause === 0) void this.#follow(this.#resumeAttempt);
    else this.lookForNews(pause);
  }

  /** A run that says it goes on, and whose stream ends at once, is asked less and less often. */
  #pauseBeforeResuming(run: string | undefined): number {
    if (this.#resumed.run !== run) this.#resumed = { run, count: 0, isDue: true };
    const { count, isDue } = this.#resumed;
    this.#resumed = { run, count: isDue ? count + 1 : count, isDue: !isDue };
    return isDue ? 0 : pauseAfter(count);
  }

  #drain(isAsked: boolean): void {
    const next = this.state.outbox[0];
    if (!next || this.#isClosed || this.#isFollowing || this.state.phase !== 'open' || this.state.isQueuePaused) return;
    const last = this.chat.messages.at(-1);
    // What was typed while an answer ran was meant for after it, so it also waits for a decision.
    if (!isAsked && !next.isWaiting && last?.metadata?.status === 'waiting_approval') return;
    void this.#follow(() => this.#post(next));
  }

  /** Begins something and stays with it until it ended, with as many connections as that takes. */
  async #follow(begin: () => Promise<void>): Promise<void> {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.#set({ isBusy: true });
    let failures = 0;
    let attempt = begin;
    try {
      for (;;) {
        const startedAt = Date.now();
        this.#ending = null;
        await attempt();
        this.holdback.release();
        if (Date.now() - startedAt > STEADY_MS) {
          failures = 0;
          this.#resumed = { run: undefined, count: 0, isDue: true };
        }
        const ending = this.#endingOf();
        if (this.#isClosed || ending === 'left' || ending === 'told' || ending === 'nothing') break;
        const isUnsent = !this.#wasTaken();
        if (ending !== 'cut' && !isPassing(ending.refused)) {
          this.#refuse(ending.refused, isUnsent);
          break;
        }
        if (isUnsent)
          this.#setOutbox(
            this.state.outbox.map((one) => (one.id === this.#posted ? { ...one, isWaiting: true } : one)),
          );
        else attempt = this.#resumeAttempt;
        this.#set({ link: 'lost' });
        await this.#pause.wait(pauseAfter(failures));
        failures += 1;
        if (this.#isClosed) break;
        if (isUnsent && !this.state.outbox.some((one) => one.id === this.#posted)) break;
      }
    } finally {
      this.#isFollowing = false;
      this.#wantsStop = false;
      this.#set({ link: 'steady', isStopping: false, isBusy: false });
      if (!this.#isClosed && this.state.phase === 'open') void this.#look(NEWS_RUNS);
    }
  }

  #endingOf(): Ending {
    return this.#ending ?? 'nothing';
  }

  readonly #resumeAttempt = (): Promise<void> => this.#resume();
  readonly #wasTaken = (): boolean => this.#posted === null || this.#taken.has(this.#posted);

  async #resume(): Promise<void> {
    this.#posted = null;
    const last = this.chat.messages.at(-1);
    this.holdback.hold(last?.role === 'assistant' ? last : undefined);
    const run = last && runOf(last);
    await this.chat.resumeStream(run);
  }

  async #post(outgoing: Outgoing): Promise<void> {
    this.#posted = outgoing.id;
    const shown = this.chat.messages;
    this.chat.messages = outgoing.replaces ? before(shown, outgoing.replaces) : shown;
    await this.chat.sendMessage(
      { role: 'user', id: outgoing.id, parts: [{ type: 'text', text: outgoing.text }] },
      outgoing,
    );
    if (!this.#taken.has(outgoing.id)) this.chat.messages = shown;
  }

  #refuse(problem: ApiProblem, isUnsent: boolean): void {
    const outgoing = this.state.outbox[0];
    if (problem.status === 404) {
      this.#set({ phase: 'gone', trouble: problem });
    } else if (isUnsent && outgoing) {
      this.#setOutbox(this.state.outbox.slice(1));
      this.#set({ refused: { problem, outgoing }, isQueuePaused: this.state.outbox.length > 0 });
    } else {
      this.#set({ complaint: problem });
    }
  }

  async #stop(): Promise<void> {
    const last = this.chat.messages.findLast(
      (message) => message.role === 'assistant' && !isOver(message.metadata?.status),
    );
    const isTold = last !== undefined && this.chat.messages.at(-1) === last;
    if (!isTold && this.#isFollowing) {
      // Not a run yet: what was not taken goes back, what was taken is stopped with its first word.
      if (this.#posted && !this.#taken.has(this.#posted)) {
        const held = this.state.outbox[0];
        await this.chat.stop();
        if (held) this.#set({ isQueuePaused: true });
      }
      return;
    }
    this.#wantsStop = false;
    if (last) await this.#cancel(runOf(last) ?? last.id);
    if (!this.#isFollowing) this.#set({ isStopping: false });
  }

  async #cancel(run: string): Promise<void> {
    try {
      await this.#options.api.cancel(run);
    } catch (error) {
      const problem = refusalOf(error);
      // A run that ended a moment ago needs no stopping.
      if (problem.status !== 409) this.#set({ complaint: problem });
    }
    if (!this.#isFollowing) this.lookForNews();
  }

  /** Called with each change of the messages: a stop that was wanted before the run had a name. */
  noticed(): void {
    if (this.#wantsStop && this.streamingRun !== undefined) {
      this.#wantsStop = false;
      void this.#stop();
    }
  }

  #setOutbox(outbox: Outgoing[]): void {
    writeOutbox(this.session, outbox);
    this.#set({ outbox });
  }

  #set(change: Partial<ConversationState>): void {
    this.state = { ...this.state, ...change };
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** `interrupted` without an end: the server went away, and the run goes on with it. No reason at all: the line broke. */
function isTold(message: ChatMessage, finishReason: string | undefined): boolean {
  if (finishReason === undefined) return false;
  return finishReason !== 'interrupted' || isOver(message.metadata?.status);
}
