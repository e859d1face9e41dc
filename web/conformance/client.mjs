// Somebody who is signed in, and the chat of the AI SDK without a page.

import assert from 'node:assert/strict';
import { AbstractChat, DefaultChatTransport, uiMessageChunkSchema } from 'ai';

/** Signs in with a one-time link. `{get, post, fetch}`; the first two return parsed JSON and assert the status. */
export async function signIn(server, user) {
  const link = new URL(await server.loginLink(user));
  const response = await fetch(`${server.url}/api/auth/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: link.searchParams.get('login') }),
  });
  assert.equal(response.status, 200, await response.clone().text());
  const cookie = response.headers.getSetCookie()[0].split(';')[0];
  const signed = (path, options = {}) =>
    fetch(new URL(path, server.url), { ...options, headers: { ...options.headers, cookie } });
  const json = async (expected, response) => {
    const text = await response.text();
    assert.equal(response.status, expected, text);
    return text ? JSON.parse(text) : null;
  };
  return {
    url: server.url,
    fetch: signed,
    get: async (path) => json(200, await signed(path)),
    post: async (path, body, expected = 200) =>
      json(
        expected,
        await signed(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
  };
}

/** What useChat keeps, in memory. */
class Memory {
  status = 'ready';
  error = undefined;
  messages;
  constructor(messages) {
    this.messages = messages;
  }
  pushMessage = (message) => {
    this.messages = [...this.messages, message];
  };
  popMessage = () => {
    this.messages = this.messages.slice(0, -1);
  };
  replaceMessage = (index, message) => {
    this.messages = this.messages.with(index, this.snapshot(message));
  };
  snapshot = (value) => structuredClone(value);
}

export class Chat extends AbstractChat {
  /** Chunks of all streams so far, as they were sent. */
  chunks = [];
  finished = [];

  /**
   * `cutAfter`: the connection breaks after so many events, once. `isForeign`: as a client that knows nothing of us but
   * the address.
   */
  constructor(person, sessionId, { messages = [], cutAfter = Infinity, isForeign = false, ...options } = {}) {
    const seen = { cutAfter };
    const watched = async (address, options) => {
      const response = await person.fetch(address, options);
      if (!response.ok || !response.body) return response;
      const left = seen.cutAfter;
      seen.cutAfter = Infinity;
      return new Response(response.body.pipeThrough(cut(left)), response);
    };
    const ours = {
      prepareSendMessagesRequest: ({ messages, messageId, trigger, headers }) => ({
        headers: { ...headers, accept: 'text/event-stream' },
        body: { text: textOf(messages.at(-1)), ...(trigger === 'regenerate-message' ? { replaces: messageId } : {}) },
      }),
    };
    super({
      id: sessionId,
      state: new Memory(messages),
      transport: new DefaultChatTransport({
        api: new URL(`/api/sessions/${sessionId}/messages`, person.url).href,
        fetch: (address, options) => watched(address, options),
        prepareReconnectToStreamRequest: () => ({ api: this.resumeAddress() }),
        ...(isForeign ? {} : ours),
      }),
      onFinish: (event) => this.finished.push(event),
      ...options,
    });
    this.person = person;
  }

  resumeAddress() {
    const runId = this.lastMessage?.role === 'assistant' ? this.lastMessage.metadata?.run_id : undefined;
    return new URL(`/api/sessions/${this.id}/stream${runId ? `?run_id=${runId}` : ''}`, this.person.url).href;
  }

  /** The last message as JSON has it. */
  last() {
    return JSON.parse(JSON.stringify(this.lastMessage));
  }
}

function textOf(message) {
  return message.parts
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .join('\n');
}

/** Ends the body without a word after so many events. */
function cut(after) {
  if (after === Infinity) return new TransformStream();
  let left = after;
  let tail = '';
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  return new TransformStream({
    transform(bytes, controller) {
      const events = (tail + decoder.decode(bytes, { stream: true })).split('\n\n');
      tail = events.pop();
      for (const event of events) {
        if (left-- <= 0) return controller.terminate();
        controller.enqueue(encoder.encode(`${event}\n\n`));
      }
      if (left <= 0) controller.terminate();
    },
  });
}

/** Reads a stream to its end, every chunk checked against the client's own schema. `{chunks, text}`. */
export async function readChunks(response) {
  assert.equal(response.status, 200, await (response.status === 200 ? '' : response.text()));
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  assert.equal(response.headers.get('x-vercel-ai-ui-message-stream'), 'v1');
  const text = await response.text();
  const events = text.split('\n\n').filter((event) => event && !event.startsWith(':'));
  assert.equal(events.pop(), 'data: [DONE]', text.slice(-500));
  const schema = uiMessageChunkSchema();
  const chunks = [];
  for (const event of events) {
    assert.match(event, /^data: [^\n]*$/);
    const chunk = JSON.parse(event.slice('data: '.length));
    const checked = await schema.validate(chunk);
    assert.ok(checked.success, `${JSON.stringify(chunk).slice(0, 300)}: ${checked.error}`);
    assertNoNull(chunk);
    chunks.push(chunk);
  }
  return { chunks, text };
}

/** Absent fields are left out; only these may hold anything. */
function assertNoNull(chunk) {
  for (const [name, value] of Object.entries(chunk)) {
    if (!['input', 'output', 'data'].includes(name)) assert.notEqual(value, null, `${chunk.type}.${name} is null`);
  }
}

export async function transcript(person, sessionId, query = '') {
  return person.get(`/api/sessions/${sessionId}/transcript${query}`);
}

export async function lastOfTranscript(person, sessionId) {
  return (await transcript(person, sessionId)).items.at(-1);
}
