// The main job on the page, from the login link to the archive. One server, one story; each test goes on where the one
// before ended, so an order of their own is part of their meaning.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { launch, watchedPage } from './browser.mjs';
import { OWNER, startServer } from './server.mjs';
import { answers, ask, composer, hear, newest, picture, question, read, said, secondTab, stopped, told, unfold, until } from './steps.mjs';

let server;
let browser;
let page;
let index;
const sessionId = () => new URL(page.url()).pathname.split('/').at(-1);
const list = (tab) => tab.getByRole('complementary', { name: 'All sessions' });
const row = (tab, title) => list(tab).getByRole('listitem').filter({ hasText: title });

before(async () => {
  server = await startServer();
  browser = await launch();
  page = await watchedPage(browser, server.url);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

afterEach((context) => picture(context, browser));

test('a one-time link signs in, leaves the address bar and works once', async () => {
  await page.goto(server.firstLink());
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  assert.equal(new URL(page.url()).search, '');
  const prompts = page.getByRole('list', { name: 'Suggested prompts' });
  await prompts.getByText('shop-db').first().waitFor();
  const other = await watchedPage(browser, server.url);
  await other.goto(server.firstLink());
  await other.getByRole('alert').waitFor();
  await other.getByRole('button', { name: 'Sign in' }).waitFor();
  await other.context().close();
});

test('a question in plain words opens a session and is answered with a table', async () => {
  const answer = await hear(page, 'show slow queries');
  assert.match(new URL(page.url()).pathname, /^\/sessions\/[\w-]+$/);
  const table = answer.getByRole('table').first();
  assert.match(await table.innerText(), /orders/);
  assert.ok((await table.getByRole('row').count()) > 1);
  await page.getByRole('heading', { level: 1, name: 'show slow queries' }).waitFor();
});

test('a suggestion fills the field with words that do what it says', async () => {
  await newest(page).getByRole('list', { name: 'Suggestions' }).getByRole('button').first().click();
  const words = await composer(page).inputValue();
  assert.match(words, /^explain query .* on shop-db$/s);
  const answer = await hear(page, words);
  assert.match(await answer.innerText(), /Explain query[\s\S]*Done/);
});

test('a fix is read up on, planned, approved, carried out and verified', async () => {
  const answer = await ask(page, 'why is orders slow, and fix it');
  const card = question(answer);
  await card.waitFor();
  await told(answer);
  assert.ok((await answer.getByRole('region', { name: / on shop-db$/ }).count()) > 0, 'it reads before it proposes');
  const text = await card.innerText();
  assert.match(text, /CREATE INDEX CONCURRENTLY/);
  assert.match(text, /shop-db/);
  assert.match(text, /production/);
  assert.match(text, /Can be undone by\s*DROP INDEX/);
  assert.match(text, /medium risk/);
  assert.match(text, /expires in \d+/);
  assert.match(text, /rule ask-changes asks/);
  index = /create index ([\w.]+)/i.exec(await card.getByRole('heading', { level: 3 }).innerText())[1];

  const focused = await page.evaluate(() => document.activeElement?.textContent);
  assert.notEqual(focused, 'Approve', 'the focus is never on Approve by itself');
  await until(async () => (await page.title()).startsWith('(1)'), 'the tab says that one waits');
  await page.getByRole('link', { name: /^Approvals.*1/ }).waitFor();

  const reason = card.getByLabel(/^Reason/);
  await reason.fill('Read-mostly table.');
  await reason.press('Control+Enter');
  const done = answer.getByRole('region', { name: 'postgres.create_index on shop-db' });
  await done.waitFor();
  await until(async () => /Done/.test(await done.innerText()), 'the index is made');
  await told(answer);
  await unfold(page, /^Create index/);
  const report = await done.innerText();
  assert.match(report, new RegExp(`Approved by ${OWNER}[^]*Read-mostly table\\.`));
  assert.match(report, /Verified:/);
  await unfold(done, 'Before and after');
  await done.getByRole('heading', { name: 'Before', exact: true }).waitFor();
  await done.getByRole('heading', { name: 'After', exact: true }).waitFor();
  assert.match(await answer.getByRole('region').last().innerText(), /Explain query/, 'what proposed the change is looked at again');
  await until(async () => !(await page.title()).startsWith('('), 'nothing waits any more');
});

test('the undo is offered, and says the way back', async () => {
  const undo = newest(page).getByRole('button', { name: /^Undo: / }).first();
  await undo.click();
  assert.match(await composer(page).inputValue(), new RegExp(`drop index .*${index}`));
  await composer(page).fill('');
});

test('the new index is there when asked for', async () => {
  const answer = await hear(page, 'list indexes of orders');
  assert.match(await answer.innerText(), new RegExp(index));
});

test('a reload keeps the whole conversation', async () => {
  const before = await read(page, `/api/sessions/${sessionId()}/transcript`);
  const last = await newest(page).innerText();
  await page.reload();
  await newest(page).waitFor();
  await until(async () => (await newest(page).innerText()) === last, 'the last answer is as it was');
  // Only what is near the screen is drawn; the beginning is there as soon as one goes to it.
  await page.getByRole('log', { name: 'Conversation' }).focus();
  const first = answers(page).filter({ hasText: 'Get slow queries' }).first();
  await until(async () => {
    await page.keyboard.press('Home');
    return said(page).filter({ hasText: 'show slow queries' }).isVisible();
  }, 'the first message is there');
  await unfold(first, /^Get slow queries/);
  await first.getByRole('table').first().waitFor();
  await page.keyboard.press('End');
  assert.deepEqual(await read(page, `/api/sessions/${sessionId()}/transcript`), before);
});

test('a rejection with a reason ends calmly and changes nothing', async () => {
  const answer = await ask(page, 'drop it again');
  const card = question(answer);
  await card.waitFor();
  assert.match(await card.innerText(), /DROP INDEX/);
  await card.getByLabel(/^Reason/).fill('We just made it.');
  await card.getByRole('button', { name: 'Reject' }).click();
  await card.waitFor({ state: 'detached' });
  await until(async () => /Rejected/.test(await answer.innerText()), 'it says that it was rejected');
  await told(answer);
  await unfold(answer, /^Drop index/);
  const text = await answer.innerText();
  assert.match(text, new RegExp(`Rejected by ${OWNER}`));
  assert.match(text, /We just made it\./);
  assert.doesNotMatch(text, /error|failed/i);
  assert.match(await (await hear(page, 'list indexes of orders')).innerText(), new RegExp(index));
});

test('Stop stops a long query', async () => {
  // It is ended by itself after 30 s: no time is lost with looking whether it was said.
  await composer(page).fill('run `SELECT count(*) FROM orders a CROSS JOIN orders b CROSS JOIN orders c` on shop-db');
  await composer(page).press('Enter');
  await page.getByRole('region', { name: 'postgres.run_query on shop-db' }).getByText('Running').waitFor();
  assert.ok((await stopped(page)) < 5000, 'it stops within 5 s');
});

test('a draft survives a reload', async () => {
  await composer(page).fill('a thought that is not finished');
  await page.reload();
  await until(async () => (await composer(page).inputValue()) === 'a thought that is not finished', 'the draft is back');
  await composer(page).fill('');
});

test('a session can be taken away whole, to read and to process', async () => {
  for (const [item, ending, check] of [
    ['Download as Markdown', '.md', (text) => assert.match(text, /show slow queries[\s\S]*CREATE INDEX CONCURRENTLY/)],
    ['Download everything (JSON Lines)', '.jsonl', (text) => assert.ok(text.trim().split('\n').map((line) => JSON.parse(line)).length > 10)],
  ]) {
    await page.getByRole('main').getByRole('button', { name: 'Session menu' }).last().click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: item }).click()]);
    assert.ok(download.suggestedFilename().endsWith(ending), download.suggestedFilename());
    check(await readFile(await download.path(), 'utf8'));
    await page.getByRole('menuitem', { name: item }).waitFor({ state: 'detached' });
  }
});

test('a title can be changed where it stands, and the list follows', async () => {
  await page.getByRole('heading', { level: 1 }).getByRole('button').click();
  const field = page.getByLabel('Title of the session').last();
  await field.fill('Slow orders');
  await field.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Slow orders' }).waitFor();
  await row(page, 'Slow orders').waitFor();
});

test('a second tab sees what is unread and what waits, and the marks go when it was read', async () => {
  const tab = await secondTab(page, '/sessions');
  await ask(page, 'drop it');
  await question(page).waitFor();
  await row(tab, 'Slow orders').getByText('waiting for you').waitFor();
  await page.goto(`${server.url}/runs`);
  await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  const { items } = await read(tab, '/api/approvals?status=pending');
  await tab.getByRole('link', { name: /^Approvals/ }).click();
  const card = tab.getByRole('region', { name: /^Approve\? / });
  await tab.getByRole('link', { name: new RegExp(index) }).first().click();
  await card.getByRole('button', { name: 'Reject' }).click();
  assert.equal(items.length, 1);
  await tab.goto(`${server.url}/sessions`);
  await row(tab, 'Slow orders').getByText('Unread:').waitFor();
  assert.equal(await row(tab, 'Slow orders').getByText('waiting for you').count(), 0);
  await row(tab, 'Slow orders').getByRole('link').click();
  await newest(tab).waitFor();
  await row(tab, 'Slow orders').getByText('Unread:').waitFor({ state: 'detached' });
  await tab.close();
});

test('sessions are found by words of their title, archived, reopened and deleted', async () => {
  await page.goto(`${server.url}/sessions`);
  await hear(page, 'how much disk is left');
  const search = list(page).getByRole('searchbox', { name: 'Search sessions' });
  await page.getByRole('log').focus();
  await page.keyboard.press('/');
  await page.keyboard.type('slow ord');
  await row(page, 'how much disk').waitFor({ state: 'detached' });
  await row(page, 'Slow orders').waitFor();
  await search.fill('nothing is called so');
  await list(page).getByText('No session matches.').waitFor();
  await search.fill('');

  const choose = async (title, item) => {
    await row(page, title).hover();
    await row(page, title).getByRole('button', { name: 'Session menu' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await row(page, 'Slow orders').getByRole('link').click();
  await choose('Slow orders', 'Archive');
  await page.getByText('This session is archived.').waitFor();
  await row(page, 'Slow orders').waitFor({ state: 'detached' });
  assert.equal(await composer(page).count(), 0);
  await list(page).getByRole('tab', { name: 'Archived' }).click();
  await row(page, 'Slow orders').waitFor();
  await page.getByRole('button', { name: 'Reopen', exact: true }).click();
  await composer(page).waitFor();
  await list(page).getByRole('tab', { name: 'Active' }).click();
  await choose('how much disk', 'Delete');
  await page.getByRole('dialog', { name: 'Delete this session?' }).getByRole('button', { name: 'Delete' }).click();
  await row(page, 'how much disk').waitFor({ state: 'detached' });
  await row(page, 'Slow orders').waitFor();
});

test('nothing on the way broke a rule of the browser, asked another host or was logged as an error', () => {
  assert.deepEqual(page.complaints, []);
});
