import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Conversation, type ConversationApi } from './conversation';
import { type ChatMessage, keyOf, textOf } from './message';
import type { TranscriptPage } from './transcript/merge';

type Chunk = Record<string, unknown>;
type Reply = { status?: number; chunks?: Chunk[]; isCut?: boolean; body?: unknown; isAway?: boolean };

/** A server that answers each request with the next reply of its script. */
function scripted(replies: Reply[]) {
  const requests: { url: string; method: string; body: unknown; key: string | null }[] = [];
  const fetcher = (async (input: RequestInfo | URL, init: RequestInit = {}) => {
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    requests.push({
      url: String(input),
      method: init.method ?? 'GET',
      body,
      key: new Headers(init.headers).get('idempotency-key'),
    });
    const {
      status = 200,
      chunks = [],
      isCut = false,
      body: answer,
      isAway = false,
    } = replies.shift() ?? { status: 204 };
    if (isAway) throw new TypeError('Failed to fetch');
    if (status === 204) return new Response(null, { status });
    if (status !== 200) return new Response(JSON.stringify(answer), { status });
    const text =
      chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('') + (isCut ? '' : 'data: [DONE]\n\n');
    return new Response(text, { status, headers: { 'content-type': 'text/event-stream' } });
  }) as typeof fetch;
  return { fetcher, requests };
}

const start = (run: string, status = 'executing'): Chunk => ({
  type: 'start',
  messageId: run,
  messageMetadata: { run_id: run, status },
});
const text = (words: string): Chunk[] => [
  { type: 'text-start', id: 't' },
  { type: 'text-delta', id: 't', delta: words },
];
const finish = (run: string, status = 'completed', finishReason = 'stop'): Chunk[] => [
  { type: 'text-end', id: 't' },
  { type: 'finish', finishReason, messageMetadata: { run_id: run, status, ended_at: '2026-01-01T00:00:00Z' } },
];
const said = (run: string, words = 'ask'): ChatMessage => ({
  id: `m-${run}`,
  role: 'user',
  parts: [{ type: 'text', text: words }],
  metadata: { run_id: run },
});
const told = (run: string, words: string, status: string): ChatMessage =>
  ({
    id: run,
    role: 'assistant',
    parts: [{ type: 'text', text: words }],
    metadata: { run_id: run, status },
  }) as ChatMessage;

let page: TranscriptPage;
let api: ConversationApi & { cancelled: string[] };
let made = 0;

beforeEach(() => {
  vi.stubGlobal('localStorage', undefined);
  page = { items: [] };
  const cancelled: string[] = [];
  api = {
    cancelled,
    page: async () => page,
    cancel: async (run) => void cancelled.push(run),
    showBranch: async () => {},
  };
});
afterEach(() => vi.unstubAllGlobals());

function opened(replies: Reply[]) {
  const { fetcher, requests } = scripted(replies);
  made += 1;
  const conversation = new Conversation({ session: `s${made}`, api, fetcher, freshId: () => `k${Math.random()}` });
  conversation.open();
  return { conversation, requests };
}
const until = (is: () => boolean) => vi.waitFor(() => expect(is()).toBe(true), { timeout: 5000, interval: 5 });
const words = (conversation: Conversation) => conversation.chat.messages.map(textOf);

test('a message is sent with its text and a key only, and becomes a run', async () => {
  const { conversation, requests } = opened([{ chunks: [start('r1'), ...text('fine'), ...finish('r1')] }]);
  await until(() => conversation.state.phase === 'open');
  page = { items: [said('r1', 'how are you'), told('r1', 'fine', 'completed')] };
  conversation.send('how are you', { resource_type: 'target', resource_ids: ['t1'] });
  await until(() => !conversation.state.isBusy && conversation.chat.messages[0]?.metadata?.run_id === 'r1');
  expect(requests[0]).toMatchObject({
    method: 'POST',
    body: { text: 'how are you', page: { resource_type: 'target', resource_ids: ['t1'] } },
  });
  expect(requests[0]?.url).toMatch(/\/api\/sessions\/s\d+\/messages$/);
  expect(requests[0]?.key).toMatch(/^k/);
  expect(conversation.chat.messages.map(keyOf)).toEqual(['user:r1', 'assistant:r1']);
  expect(conversation.state.outbox).toEqual([]);
  conversation.close();
});

test('an answer that breaks off is continued by itself', async () => {
  const { conversation, requests } = opened([
    { chunks: [start('r1'), ...text('one ')], isCut: true },
    { isAway: true },
    { chunks: [start('r1'), ...text('one two'), ...finish('r1')] },
  ]);
  await until(() => conversation.state.phase === 'open');
  const links: string[] = [];
  conversation.subscribe(() => links.push(conversation.state.link));
  page = { items: [said('r1'), told('r1', 'one two', 'completed')] };
  conversation.send('ask');
  await until(() => requests.length === 3 && !conversation.state.isBusy);
  expect(requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
  expect(requests[2]?.url).toMatch(/\/stream\?run_id=r1$/);
  expect(words(conversation)).toEqual(['ask', 'one two']);
  expect(links).toContain('lost');
  expect(conversation.state.link).toBe('steady');
  conversation.close();
});

test('a server that stops in mid-stream is waited for', async () => {
  const interrupted = [start('r1'), ...text('one '), { type: 'abort' }, ...finish('r1', 'executing', 'interrupted')];
  const { conversation, requests } = opened([
    { chunks: interrupted },
    { chunks: [start('r1'), ...text('one two'), ...finish('r1')] },
  ]);
  await until(() => conversation.state.phase === 'open');
  page = { items: [said('r1'), told('r1', 'one two', 'completed')] };
  conversation.send('ask');
  await until(() => requests.length === 2 && !conversation.state.isBusy);
  expect(words(conversation)).toEqual(['ask', 'one two']);
  conversation.close();
});

test('a message that could not be sent is kept and sent again with the same key', async () => {
  const { conversation, requests } = opened([
    { isAway: true },
    { chunks: [start('r1'), ...text('fine'), ...finish('r1')] },
  ]);
  await until(() => conversation.state.phase === 'open');
  conversation.send('ask');
  await until(() => conversation.state.outbox[0]?.isWaiting === true);
  expect(words(conversation)).toEqual([]);
  page = { items: [said('r1'), told('r1', 'fine', 'completed')] };
  await until(() => requests.length === 2 && !conversation.state.isBusy);
  expect(requests[0]?.key).toBe(requests[1]?.key);
  expect(words(conversation)).toEqual(['ask', 'fine']);
  conversation.close();
});

test('a message that is refused is given back with the reason', async () => {
  const problem = {
    code: 'session.archived',
    what: 'Could not take your message',
    why: 'the session is archived',
    next: 'Open a new one',
  };
  const { conversation } = opened([{ status: 409, body: problem }]);
  await until(() => conversation.state.phase === 'open');
  conversation.send('ask');
  await until(() => conversation.state.refused !== null);
  expect(conversation.state.refused).toMatchObject({
    problem: { code: 'session.archived', status: 409 },
    outgoing: { text: 'ask' },
  });
  expect(words(conversation)).toEqual([]);
  expect(conversation.state.outbox).toEqual([]);
  conversation.close();
});

test('what is typed during an answer is sent after it', async () => {
  const { conversation, requests } = opened([
    { chunks: [start('r1'), ...text('one'), ...finish('r1')] },
    { chunks: [start('r2'), ...text('two'), ...finish('r2')] },
  ]);
  await until(() => conversation.state.phase === 'open');
  conversation.send('first');
  conversation.send('second');
  expect(conversation.state.outbox.map((one) => one.text)).toEqual(['first', 'second']);
  page = { items: [said('r1', 'first'), told('r1', 'one', 'completed')] };
  await until(() => requests.length === 2 && !conversation.state.isBusy);
  expect(requests.map(({ body }) => (body as { text: string }).text)).toEqual(['first', 'second']);
  conversation.close();
});

test('an opened session continues the run that goes on, and not one that waits for a person', async () => {
  page = { items: [said('r1'), told('r1', 'one', 'executing')] };
  const going = opened([{ chunks: [start('r1'), ...text('one two'), ...finish('r1')] }]);
  await until(() => going.requests.length === 1);
  page = { items: [said('r1'), told('r1', 'one two', 'completed')] };
  await until(() => !going.conversation.state.isBusy && words(going.conversation)[1] === 'one two');
  going.conversation.close();

  page = { items: [said('r1'), told('r1', 'one', 'waiting_approval')] };
  const parked = opened([]);
  await until(() => parked.conversation.state.phase === 'open');
  expect(parked.requests).toEqual([]);
  page = { items: [said('r1'), told('r1', 'one', 'executing')] };
  parked.conversation.heard('r1');
  await until(() => parked.requests.length === 1);
  expect(parked.requests[0]?.url).toMatch(/run_id=r1$/);
  parked.conversation.close();
});

test('a run whose stream ends at once is not asked for without pause', async () => {
  page = { items: [said('r1'), told('r1', 'one', 'executing')] };
  const { conversation, requests } = opened([]);
  await new Promise((resolve) => setTimeout(resolve, 900));
  expect(requests.length).toBeLessThan(5);
  conversation.close();
});

test('a new version of a message takes the place of the old one at once', async () => {
  page = {
    items: [said('r1', 'first'), told('r1', 'one', 'completed'), said('r2', 'second'), told('r2', 'two', 'completed')],
  };
  const { conversation, requests } = opened([{ chunks: [start('r3'), ...text('three'), ...finish('r3')] }]);
  await until(() => conversation.state.phase === 'open');
  page = { items: [said('r3', 'better'), told('r3', 'three', 'completed')] };
  conversation.replace('r1', 'better');
  await until(() => requests.length === 1 && !conversation.state.isBusy);
  expect(requests[0]?.body).toEqual({ text: 'better', replaces: 'r1' });
  await until(() => words(conversation).join() === 'better,three');
  conversation.close();
});

test('stop cancels the run, also when it is asked for before the run has a name', async () => {
  page = { items: [said('r1'), told('r1', 'one', 'waiting_approval')] };
  const { conversation } = opened([]);
  await until(() => conversation.state.phase === 'open');
  await conversation.stop();
  expect(api.cancelled).toEqual(['r1']);
  conversation.close();
});

test('older pages are put above until there are no more', async () => {
  page = { items: [said('r2'), told('r2', 'two', 'completed')], next_cursor: 'r2' };
  const { conversation } = opened([]);
  await until(() => conversation.state.phase === 'open');
  page = { items: [said('r1'), told('r1', 'one', 'completed')] };
  await conversation.loadOlder();
  expect(conversation.chat.messages.map(keyOf)).toEqual(['user:r1', 'assistant:r1', 'user:r2', 'assistant:r2']);
  expect(conversation.state.olderCursor).toBeNull();
  conversation.close();
});
