// The AI SDK's own client against the real server: what it keeps is what the transcript says.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readUIMessageStream, safeValidateUIMessages } from 'ai';
import { startServer } from '../e2e/server.mjs';
import { Chat, lastOfTranscript, readChunks, signIn, transcript } from './client.mjs';
import { startModel } from './model.mjs';

const TARGET = 'shop-db';
const LISTS = { calls: [{ name: 'postgres_list_tables', arguments: { target: TARGET } }] };
const words = (count) => Array.from({ length: count }, (_, number) => `word ${number} `);

let server;
let model;
let person;
/** The same person in another browser. */
let elsewhere;
let indexes = 0;

before(async () => {
  [server, model] = await Promise.all([startServer(), startModel()]);
  person = await signIn(server);
  elsewhere = await signIn(server);
  const settings = { name: 'scripted', base_url: model.url, model: 'scripted-1', api_key: 'none', is_default: true };
  await person.post('/api/models', settings, 201);
});

after(async () => {
  await server?.stop();
  await model?.stop();
});

async function open() {
  return (await person.post('/api/sessions', {}, 201)).id;
}

/** A change that has to be approved: an index that nobody made before. */
function changes(column = 'placed_at') {
  indexes += 1;
  const name = `conformance_${indexes}_idx`;
  return {
    text: ['I would ', 'do this.'],
    calls: [{ name: 'postgres_create_index', arguments: { target: TARGET, table: 'orders', columns: [column], name } }],
  };
}

async function approvalOf(message) {
  const call = message.parts.find((part) => part.type === 'data-call' && part.data.approval?.status === 'pending');
  return elsewhere.get(`/api/approvals/${call.data.approval.id}`);
}

/** Waits until the answer has this text, or any. */
async function isWriting(chat, text) {
  const fits = (part) => part.type === 'text' && (text ? part.text === text : part.text.length > 0);
  while (!(chat.lastMessage?.role === 'assistant' && chat.lastMessage.parts.some(fits))) {
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

async function runIsOver(runId) {
  for (let tries = 0; tries < 400; tries += 1) {
    const run = await person.get(`/api/runs/${runId}`);
    if (['completed', 'failed', 'cancelled'].includes(run.status)) return run;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error(`The run ${runId} did not end`);
}

async function send(sessionId, text) {
  const body = JSON.stringify({ text });
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
  return person.fetch(`/api/sessions/${sessionId}/messages`, { method: 'POST', headers, body });
}

test('every chunk of every kind of answer fits the schema, and both readers of the package end with the transcript', async () => {
  const session = await open();
  const ends = new Set();
  const strange = 'nul \u0000 escape \u001b lines \u2028\u2029\r\n emoji \u{1F9E8} bidi \u202E';
  for (const script of [
    [{ text: words(20), pauseMs: 2 }],
    [LISTS, { text: ['Five.'] }],
    [{ text: [strange] }],
    [{ calls: [{ name: 'postgres_explode', arguments: {} }] }, { text: ['No.'] }],
    [{ calls: [{ name: 'postgres_list_columns', arguments: { target: TARGET, table: 7 } }] }, { text: ['No.'] }],
    [{ text: ['half an '], error: { message: 'boom', type: 'server_error', code: 'server_error' } }],
    [changes()],
  ]) {
    model.says(...script);
    const { chunks } = await readChunks(await send(session, `tables on ${TARGET}`));
    assert.equal(chunks[0].type, 'start');
    assert.equal(chunks.at(-1).type, 'finish');
    assert.equal(chunks.filter((chunk) => chunk.type === 'start').length, 1);
    let last;
    const stream = ReadableStream.from(chunks);
    for await (const message of readUIMessageStream({ stream, terminateOnError: true })) last = message;
    const expected = await lastOfTranscript(person, session);
    assert.deepEqual(JSON.parse(JSON.stringify(last)), expected);
    const replay = await readChunks(await person.fetch(`/api/sessions/${session}/stream?run_id=${expected.id}`));
    assert.ok(replay.chunks.length <= chunks.length, 'a replay is not longer');
    ends.add(expected.metadata.status);
    if (expected.metadata.status === 'waiting_approval') await person.post(`/api/runs/${expected.id}/cancel`, {}, 202);
  }
  assert.deepEqual(ends, new Set(['completed', 'failed', 'waiting_approval']));
  const { items } = await transcript(person, session);
  const checked = await safeValidateUIMessages({ messages: items });
  assert.ok(checked.success, String(checked.error));
});

test('the chat of the package keeps what the transcript says', async () => {
  const session = await open();
  const chat = new Chat(person, session);
  for (const script of [[{ text: words(30), pauseMs: 2 }], [LISTS, { text: ['Five ', 'tables.'] }]]) {
    model.says(...script);
    await chat.sendMessage({ text: `which tables are on ${TARGET}?` });
    assert.equal(chat.status, 'ready', String(chat.error));
    assert.equal(chat.finished.at(-1).finishReason, 'stop');
    assert.deepEqual(chat.last(), await lastOfTranscript(person, session));
  }
  // A page that opens now has the same, and nothing to come back to.
  const { items } = await transcript(person, session);
  const opened = new Chat(person, session, { messages: items });
  opened.resumeAddress = () => new URL(`/api/sessions/${session}/stream`, person.url).href;
  await opened.resumeStream();
  assert.equal(opened.status, 'ready');
  assert.deepEqual(opened.messages, items);
});

test('a connection that breaks after any chunk is mended by coming back', async () => {
  for (const script of [() => [LISTS, { text: words(6), pauseMs: 4 }], () => [changes()]]) {
    let isCut = true;
    for (let after = 1; isCut; after += 1) {
      const session = await open();
      model.says(...script());
      const chat = new Chat(person, session, { cutAfter: after });
      await chat.sendMessage({ text: `tables on ${TARGET}` });
      // All was read when it knows how the message ended.
      isCut = chat.finished.at(-1)?.finishReason === undefined;
      if (isCut) await chat.resumeStream();
      assert.equal(chat.status, 'ready', `cut after ${after}: ${chat.error}`);
      const expected = await lastOfTranscript(person, session);
      assert.deepEqual(chat.last(), expected, `cut after ${after}`);
      if (expected.metadata.status === 'waiting_approval')
        await person.post(`/api/runs/${expected.id}/cancel`, {}, 202);
      assert.ok(after < 60, 'the stream never came to its end');
    }
  }
});

test('an approval is given in another browser, and the chat goes on in the same message', async () => {
  const session = await open();
  const chat = new Chat(person, session);
  model.says(changes('status'), { text: ['Done.'] });
  await chat.sendMessage({ text: `index orders on ${TARGET}` });
  assert.equal(chat.finished.at(-1).finishReason, 'tool-calls');
  const parked = chat.last();
  assert.deepEqual(parked, await lastOfTranscript(person, session));
  const tool = parked.parts.find((part) => part.type === 'dynamic-tool');
  assert.equal(tool.state, 'approval-requested');
  const approval = await approvalOf(parked);
  assert.deepEqual([tool.approval.id, tool.approval.descriptor.digest], [approval.id, approval.digest]);
  await elsewhere.post(`/api/approvals/${approval.id}/approve`, { digest: approval.digest, reason: 'go on' });
  // Two at once: the client lets go of the older.
  await Promise.all([chat.resumeStream(), chat.resumeStream()]);
  await runIsOver(parked.id);
  await chat.resumeStream();
  const done = chat.last();
  assert.equal(done.id, parked.id);
  assert.deepEqual(done, await lastOfTranscript(person, session));
  const ended = done.parts.find((part) => part.type === 'dynamic-tool');
  assert.deepEqual([ended.state, ended.approval.approved, ended.approval.reason], ['output-available', true, 'go on']);
  assert.equal(done.parts.at(-1).text, 'Done.');
  assert.equal(chat.messages.length, 2);
});

test('a rejected change is shown as denied', async () => {
  const session = await open();
  const chat = new Chat(person, session);
  model.says(changes(), { text: ['As you wish.'] });
  await chat.sendMessage({ text: `index orders on ${TARGET}` });
  const approval = await approvalOf(chat.last());
  await elsewhere.post(`/api/approvals/${approval.id}/reject`, { reason: 'not today' });
  await chat.resumeStream();
  assert.equal(chat.status, 'ready', String(chat.error));
  assert.deepEqual(chat.last(), await lastOfTranscript(person, session));
  const tool = chat.last().parts.find((part) => part.type === 'dynamic-tool');
  assert.deepEqual([tool.state, tool.approval.approved, tool.approval.reason], ['output-denied', false, 'not today']);
});

test('a stop in the middle of an answer ends it as interrupted and keeps what was written', async () => {
  const session = await open();
  const chat = new Chat(person, session);
  model.says({ text: ['I am ', 'thinking'], hangs: true });
  const sent = chat.sendMessage({ text: 'think' });
  await isWriting(chat, 'I am thinking');
  await elsewhere.post(`/api/runs/${chat.lastMessage.id}/cancel`, {}, 202);
  await sent;
  assert.equal(chat.status, 'ready', String(chat.error));
  assert.equal(chat.finished.at(-1).finishReason, 'interrupted');
  const last = await lastOfTranscript(person, session);
  assert.deepEqual(chat.last(), last);
  assert.equal(last.metadata.status, 'cancelled');
  assert.equal(last.parts.find((part) => part.type === 'text')?.text, 'I am thinking');
});

test('two pages on one answer end with the same', async () => {
  const session = await open();
  const [first, second] = [new Chat(person, session), new Chat(elsewhere, session)];
  model.says({ text: words(80), pauseMs: 25 });
  const sent = first.sendMessage({ text: 'count' });
  await isWriting(first);
  await Promise.all([sent, second.resumeStream()]);
  const last = await lastOfTranscript(person, session);
  assert.equal(last.parts[1].text, words(80).join(''));
  assert.deepEqual([first.last(), second.last()], [last, last]);
});

test('another try stands beside the first', async () => {
  const session = await open();
  const chat = new Chat(person, session);
  model.says({ text: ['One.'] }, { text: ['Two.'] });
  await chat.sendMessage({ text: 'say a number' });
  const first = chat.last();
  await chat.regenerate({ messageId: first.id });
  assert.equal(chat.status, 'ready', String(chat.error));
  const { items } = await transcript(person, session);
  assert.equal(items.length, 2);
  assert.deepEqual(chat.last(), items[1]);
  assert.equal(items[1].parts[1].text, 'Two.');
  assert.deepEqual(items[0].metadata.siblings, [first.id, items[1].id]);
});

test('a client that knows nothing but the address can speak, and cannot decide', async () => {
  const session = await open();
  model.says({ text: ['Hello.'] }, { text: ['Again.'] }, changes());
  const chat = new Chat(person, session, { isForeign: true });
  await chat.sendMessage({ text: 'hello' });
  assert.equal(chat.last().parts[1].text, 'Hello.', String(chat.error));
  await chat.regenerate();
  assert.equal(chat.last().parts[1].text, 'Again.', String(chat.error));
  assert.equal((await transcript(person, session)).items.length, 2);
  await chat.sendMessage({ text: `index orders on ${TARGET}` });
  const parked = chat.last();
  const tool = parked.parts.find((part) => part.type === 'dynamic-tool');
  await chat.addToolApprovalResponse({ id: tool.approval.id, approved: true });
  await chat.sendMessage();
  assert.equal(chat.status, 'error');
  const problem = JSON.parse(chat.error.message);
  assert.equal(problem.code, 'request.not_a_decision');
  assert.match(problem.next, /\/api\/approvals\/\{id\}\/approve/);
  assert.equal((await approvalOf(parked)).status, 'pending');
  await person.post(`/api/runs/${parked.id}/cancel`, {}, 202);
});

test('a server that is away for a moment interrupts the answer, and coming back completes it', async () => {
  const session = await open();
  const chat = new Chat(person, session);
  model.says({ text: ['I am '], hangs: true }, { text: ['I am back.'] });
  const sent = chat.sendMessage({ text: 'think' });
  await isWriting(chat);
  await server.restart(100);
  await sent;
  assert.equal(chat.finished.at(-1).finishReason, 'interrupted');
  await runIsOver(chat.lastMessage.id);
  await chat.resumeStream();
  assert.equal(chat.status, 'ready', String(chat.error));
  const last = await lastOfTranscript(person, session);
  assert.deepEqual(chat.last(), last);
  assert.equal(last.parts[1].text, 'I am back.');
});
