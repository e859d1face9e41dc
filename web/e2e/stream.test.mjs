// An answer on its way: in pieces, through reloads, cuts, crashes and Stop; and the branches of a conversation. A scripted
// model answers, so that each test says what comes when.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { launch, watchedPage } from './browser.mjs';
import { startModel } from './model.mjs';
import { startProxy } from './proxy.mjs';
import { startServer } from './server.mjs';
import { answers, ask, composer, followed, forgive, hear, newest, picture, read, said, secondTab, stopButton, stopped, told, until } from './steps.mjs';

let server;
let proxy;
let model;
let browser;
let page;
const words = (from, to) => Array.from({ length: to - from }, (_, at) => `w${from + at}`).join(' ');
const isWhole = async (answer, count) => assert.deepEqual((await answer.innerText()).match(/\bw\d+\b/g), words(0, count).split(' '));
const newestRun = async (tab = page) => {
  const { items } = await read(tab, `/api/sessions/${new URL(tab.url()).pathname.split('/').at(-1)}/transcript`);
  return items.at(-1).metadata;
};
/** A door that a script waits at until the test opens it. */
function door() {
  let open;
  const opened = new Promise((wake) => (open = wake));
  return { open, opened };
}
/** The model says half, waits at the door, and says the rest. */
function inTwoHalves() {
  const gate = door();
  model.answer(async function* halves() {
    yield `${words(0, 20)} `;
    await gate.opened;
    yield words(20, 40);
  });
  return gate;
}
/** Waits until the newest message says which of how many versions it is. */
const version = (at, of) =>
  until(async () => {
    const text = await said(page).last().getByRole('group', { name: 'Versions of this message' }).innerText({ timeout: 1000 });
    return `${text.match(/\d+/g)}` === `${at},${of}`;
  }, `it is version ${at} of ${of}`);
const open = async (path = '/sessions') => {
  await page.goto(proxy.url + path);
  await composer(page).waitFor();
};

before(async () => {
  [server, model] = await Promise.all([startServer({ demo: false }), startModel()]);
  proxy = await startProxy(server.url);
  await server.command('models', 'add', 'scripted', '--base-url', model.url, '--model', 'scripted', '--default');
  browser = await launch();
  page = await watchedPage(browser, proxy.url);
  await page.goto((await server.loginLink()).replace(server.url, proxy.url));
  await composer(page).waitFor();
});

after(async () => {
  await browser?.close();
  await proxy?.stop();
  await server?.stop();
  await model?.stop();
});

afterEach((context) => picture(context, browser));

test('an answer arrives in many pieces', async () => {
  const doors = Array.from({ length: 10 }, door);
  model.answer(async function* slowly() {
    for (const [at, { opened }] of doors.entries()) {
      yield `${words(at * 4, at * 4 + 4)} `;
      await opened;
    }
  });
  const answer = await ask(page, 'count to forty');
  const lengths = new Set();
  for (const [at, { open }] of doors.entries()) {
    await answer.getByText(`w${at * 4 + 3}`).waitFor();
    lengths.add((await answer.innerText()).length);
    open();
  }
  assert.equal(lengths.size, doors.length, 'each piece is seen before the next is said');
  await told(answer);
  await isWhole(answer, 40);
  await answer.getByRole('button', { name: 'Details' }).click();
  await page.getByText('scripted', { exact: true }).or(page.getByText('scripted · scripted')).first().waitFor();
  await page.keyboard.press('Escape');
});

test('a reload in mid-stream goes on without loss or doubling', async () => {
  const gate = inTwoHalves();
  const answer = await ask(page, 'say it in two halves');
  await answer.getByText('w19').waitFor();
  await page.reload();
  await answer.getByText('w19').waitFor();
  assert.equal(await answer.getAttribute('aria-busy'), 'true');
  gate.open();
  await told(answer);
  await isWhole(answer, 40);
});

test('a cut connection is told calmly, and the answer goes on where it was', async () => {
  const gate = inTwoHalves();
  const answer = await ask(page, 'say it once more in two halves');
  await answer.getByText('w19').waitFor();
  proxy.cut();
  await page.getByText('Connection lost, continuing…').waitFor();
  await page.getByText('What you typed is kept.').waitFor();
  await composer(page).fill('typed while it was away');
  gate.open();
  proxy.mend();
  await told(answer);
  await isWhole(answer, 40);
  assert.equal(await composer(page).inputValue(), 'typed while it was away');
  await composer(page).fill('');
  await page.getByText('What you typed is kept.').waitFor({ state: 'detached' });
  await page.context().setOffline(true);
  await page.getByText('What you typed is kept.').waitFor();
  await page.context().setOffline(false);
  await page.getByText('What you typed is kept.').waitFor({ state: 'detached' });
  forgive(page, /ERR_|WebSocket/);
});

test('what is sent while the server is away goes when it is back', async () => {
  model.answer(async function* answer() {
    yield 'I heard you.';
  });
  const before = await answers(page).count();
  proxy.cut();
  await composer(page).fill('are you there?');
  await composer(page).press('Enter');
  await page.getByText('Kept here. It is sent when Steersman is back.').waitFor();
  proxy.mend();
  await until(async () => (await newest(page).innerText()).includes('I heard you.'), 'it is answered');
  await told(newest(page));
  assert.equal(await said(page).filter({ hasText: 'are you there?' }).count(), 1);
  assert.ok((await answers(page).count()) <= before + 1);
  forgive(page, /ERR_|WebSocket/);
});

test('Stop really stops: the run is cancelled and the model is let go', async () => {
  inTwoHalves();
  const answer = await ask(page, 'talk without end');
  await answer.getByText('w19').waitFor();
  assert.ok((await stopped(page)) < 5000, 'it is stopped within 5 s');
  await until(() => model.asked.at(-1).isLeft, 'the model is let go', 5000);
  assert.equal(await stopButton(page).count(), 0);
  inTwoHalves();
  await ask(page, 'talk without end again');
  await answer.getByText('w19').waitFor();
  await composer(page).press('Escape');
  await answer.getByText('Stopped. What had been done by then is shown above.').waitFor();
});

test('a server that dies in mid-stream is missed, and the end of the run is shown when it is back', async () => {
  inTwoHalves();
  const answer = await ask(page, 'begin something long');
  await answer.getByText('w19').waitFor();
  await composer(page).fill('and then this');
  await server.kill();
  await page.getByText('Cannot reach Steersman. What you typed is kept.').waitFor();
  model.answer(async function* whole() {
    yield words(0, 40);
  });
  await server.start();
  await page.getByText('What you typed is kept.').waitFor({ state: 'detached' });
  await told(answer);
  const { status } = await newestRun();
  assert.ok(['completed', 'failed'].includes(status), status);
  if (status === 'completed') await isWhole(answer, 40);
  else await answer.getByRole('button', { name: 'Try again' }).waitFor();
  assert.equal(await composer(page).inputValue(), 'and then this');
  await composer(page).fill('');
  forgive(page, /ERR_|WebSocket/);
});

test('edit and rerun makes a branch; arrows switch, and the memory of the model follows', async () => {
  model.answer(async function* echo({ messages }) {
    const asked = messages.findLast(({ role }) => role === 'user').content;
    yield `You said: ${asked}`;
  });
  const heard = () => model.asked.at(-1).body.messages.filter(({ role }) => role === 'user').map(({ content }) => content);
  await open();
  await hear(page, 'first words');
  await hear(page, 'the colour is red');
  await said(page).last().hover();
  await said(page).last().getByRole('button', { name: 'Edit and run again' }).click();
  const field = page.getByRole('form', { name: 'Edit message' }).getByRole('textbox');
  await field.fill('the colour is blue');
  await field.press('Enter');
  await followed(page, 'the colour is blue');
  await told(newest(page));
  await version(2, 2);
  await hear(page, 'which colour?');
  const last = heard().join('\n');
  assert.match(last, /first words[\s\S]*the colour is blue[\s\S]*which colour\?/);
  assert.doesNotMatch(last, /red/);

  await page.getByRole('button', { name: 'Version before' }).click();
  await said(page).filter({ hasText: 'the colour is red' }).waitFor();
  assert.equal(await said(page).filter({ hasText: 'which colour?' }).count(), 0);
  await hear(page, 'and which now?');
  assert.match(heard().join('\n'), /the colour is red[\s\S]*and which now\?/);
  assert.doesNotMatch(heard().join('\n'), /blue|which colour/);
  await page.reload();
  await said(page).filter({ hasText: 'and which now?' }).waitFor();
  await page.getByRole('button', { name: 'Version after' }).click();
  await said(page).filter({ hasText: 'which colour?' }).waitFor();
  assert.equal(await said(page).filter({ hasText: 'and which now?' }).count(), 0);
});

test('answering again keeps the first answer as another version', async () => {
  let count = 0;
  model.answer(async function* counted() {
    count += 1;
    yield `This is answer number ${count}.`;
  });
  const answer = await hear(page, 'say a number');
  await answer.getByRole('button', { name: 'Answer again' }).click();
  await answer.getByText('This is answer number 2.').waitFor();
  await told(answer);
  await version(2, 2);
  await page.getByRole('button', { name: 'Version before' }).last().click();
  await answer.getByText('This is answer number 1.').waitFor();
  await version(1, 2);
});

test('a model calls tools, sees their results, and a call that is refused is told', async () => {
  model.answer(async function* calls({ messages }) {
    const results = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1).filter(({ role }) => role === 'tool');
    if (results.length === 0) yield { tool: 'host_get_disk_usage', arguments: { target: 'this-machine' } };
    else if (results.length === 1) yield { tool: 'host_format_everything', arguments: { target: 'this-machine' } };
    else yield `Done: ${results[0].content.length > 10 ? 'I saw the disks' : 'I saw nothing'}.`;
  });
  await open();
  const answer = await hear(page, 'look at the disks');
  await answer.getByRole('region', { name: 'host.get_disk_usage on this-machine' }).getByText('Done').waitFor();
  await answer.getByText('Done: I saw the disks.').waitFor();
  await answer.getByText(/host_format_everything/).first().waitFor();
});

test('two tabs in one session stay the same', async () => {
  const gate = inTwoHalves();
  await open();
  await ask(page, 'tell both of us');
  const tab = await secondTab(page, page.url());
  await newest(tab).getByText('w19').waitFor();
  gate.open();
  await Promise.all([page, tab].map((one) => told(newest(one))));
  await Promise.all([page, tab].map((one) => isWhole(newest(one), 40)));
  const second = inTwoHalves();
  await ask(tab, 'and now from here');
  await followed(page, 'and now from here');
  await newest(page).getByText('w19').waitFor();
  await stopButton(page).click();
  for (const one of [page, tab]) await newest(one).getByText('Stopped. What had been done by then is shown above.').waitFor();
  second.open();
  await tab.close();
});

test('when the provider is away the built-in one answers, and the page says so', async () => {
  await model.stop();
  const answer = await hear(page, 'how much disk is left on this-machine');
  await answer.getByRole('region', { name: 'host.get_disk_usage on this-machine' }).waitFor();
  await answer.getByText(/scripted.*(did not answer|could not be reached|not answering|unreachable|away)/i).first().waitFor();
  model = null;
});

test('nothing on the way broke a rule of the browser, asked another host or was logged as an error', () => {
  assert.deepEqual(page.complaints, []);
});
