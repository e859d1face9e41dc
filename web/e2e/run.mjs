// The main job on the page, from the login link to the audit log. One server, one story; each test goes on where the one
// before ended, so an order of their own is part of their meaning.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { accessibilityFindings, launch, say, settled, sidewaysPixels, watchedPage } from './browser.mjs';
import { startServer } from './server.mjs';

const LONG_QUERY = 'run `SELECT count(*) FROM orders a CROSS JOIN orders b CROSS JOIN orders c` on shop-db';

let server;
let browser;
let page;
let index;

before(async () => {
  server = await startServer();
  browser = await launch();
  page = await watchedPage(browser, server.url);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

afterEach(async (context) => {
  if (context.passed !== false || !page) return;
  const folder = process.env.STEERSMAN_E2E_SHOTS ?? join(tmpdir(), 'steersman-e2e-shots');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${context.name.replaceAll(/\W+/g, '-')}.png`);
  await page.screenshot({ path }).catch(() => {});
  console.error(`A screenshot is in ${path}`);
});

test('a one-time link signs in and leaves the address bar', async () => {
  await page.goto(server.firstLink());
  await page.locator('#composer').waitFor();
  assert.equal(new URL(page.url()).search, '');
  await page.locator('.example').first().waitFor();
});

test('a question in plain words is answered with a table', async () => {
  const run = await say(page, 'show slow queries');
  await settled(run);
  const table = run.locator('.block-table').first();
  assert.match(await table.innerText(), /orders/);
  assert.ok((await table.locator('tbody tr').count()) > 0);
});

test('a suggestion fills the field with words that do what it says', async () => {
  await page.locator('.suggestion').first().click();
  const words = await page.inputValue('#composer');
  assert.match(words, /^explain query .* on shop-db$/s);
  const run = await say(page, words);
  await settled(run);
  assert.match(await run.locator('.call').innerText(), /Explain query[\s\S]*Done/);
});

test('a fix is read up on, planned, approved, carried out and verified', async () => {
  const run = await say(page, 'why is orders slow, and fix it');
  const card = run.locator('.approval');
  await card.waitFor();
  assert.ok((await run.locator('.call').count()) > 1, 'it reads before it proposes');
  const text = await card.innerText();
  assert.match(text, /CREATE INDEX CONCURRENTLY/);
  assert.match(text, /shop-db/);
  assert.match(text, /production/);
  assert.match(text, /Can be undone by/);
  assert.match(text, /medium risk/);
  assert.match(text, /expires in \d+ min/);
  index = /create index ([\w.]+)/i.exec(await card.locator('h3').innerText())[1];

  const focused = await page.evaluate(() => document.activeElement?.textContent);
  assert.notEqual(focused, 'Approve', 'the focus is never on Approve by itself');
  await page.waitForFunction(() => document.title.startsWith('(1)'));
  assert.match(await page.locator('.nav-badge').innerText(), /^1/);

  await card.getByLabel(/^Reason/).fill('Read-mostly table.');
  await card.getByLabel(/^Reason/).press('Control+Enter');
  await settled(run);
  const done = run.locator('.call', { hasText: 'Approved by' });
  assert.match(await done.innerText(), /Done/);
  assert.match(await run.locator('.call').last().innerText(), /Explain query/, 'what proposed the change is looked at again');
  // Folded by then, because a later card is the last one: who approved is one click away.
  assert.match(await done.textContent(), /Approved by[\s\S]*Read-mostly table\./);
  assert.match(await run.locator('.suggestion', { hasText: 'Undo:' }).innerText(), new RegExp(`drop index .*${index}`));
  await page.waitForFunction(() => !document.title.startsWith('('));
});

test('the new index is there when asked for', async () => {
  const run = await say(page, 'list indexes of orders');
  await settled(run);
  assert.match(await run.innerText(), new RegExp(index));
});

test('a reload keeps the whole conversation', async () => {
  const said = await page.locator('.said-text').allInnerTexts();
  await page.reload();
  await page.locator('.run').nth(said.length - 1).waitFor();
  await page.waitForFunction((count) => document.querySelectorAll('.said-text').length === count, said.length);
  assert.deepEqual(await page.locator('.said-text').allInnerTexts(), said);
});

test('a rejection with a reason ends calmly and changes nothing', async () => {
  const run = await say(page, 'drop it again');
  const card = run.locator('.approval');
  await card.waitFor();
  assert.match(await card.innerText(), /DROP INDEX/);
  await card.locator('input').first().fill('We just made it.');
  await card.getByRole('button', { name: 'Reject' }).click();
  await settled(run);
  const text = await run.innerText();
  assert.match(text, /Rejected by/);
  assert.match(text, /We just made it\./);
  assert.doesNotMatch(text, /error/i);
  const look = await say(page, 'list indexes of orders');
  await settled(look);
  assert.match(await look.innerText(), new RegExp(index));
});

test('a decision in another browser shows here at once, with who and when', async () => {
  const run = await say(page, `drop index ${index} on shop-db`);
  await run.locator('.approval').waitFor();
  const other = await watchedPage(browser, server.url);
  await other.goto(await server.loginLink());
  await other.goto(`${server.url}/#/approvals`);
  const item = other.locator('.queue-item').first();
  await item.waitFor();
  assert.match(await item.innerText(), new RegExp(index));
  await item.getByRole('button', { name: 'Approve' }).click();
  await settled(run);
  assert.match(await run.innerText(), /Approved by/);
  await other.getByText('Nothing waits for a decision.').waitFor();
  assert.match(await other.locator('.rows').innerText(), /Approved by/);
  assert.deepEqual(other.complaints, []);
  await other.context().close();
});

test('a developer reads the plan but cannot decide, and goes on once somebody else has', async () => {
  const runs = await page.locator('.run').count();
  await server.command('users', 'add', 'dora', '--role', 'developer');
  const dora = await watchedPage(browser, server.url);
  await dora.goto(await server.loginLink('dora'));
  await dora.locator('.example').first().waitFor();
  const run = await say(dora, 'create an index on orders (status) on shop-db');
  const card = run.locator('.approval');
  await card.getByText('Your role cannot decide this.').waitFor();
  assert.equal(await card.getByRole('button', { name: 'Approve' }).count(), 0);

  await page.goto(`${server.url}/#/approvals`);
  const item = page.locator('.queue-item', { hasText: 'dora' });
  await item.getByRole('button', { name: 'Reject' }).click();
  await settled(run);
  assert.match(await run.innerText(), /Rejected by/);
  assert.deepEqual(dora.complaints, []);
  await dora.context().close();
  await page.goBack();
  await page.waitForFunction((count) => document.querySelectorAll('.run').length === count, runs);
});

test('a decided approval cannot be decided again from a stale card', async () => {
  const run = await say(page, 'create an index on orders (status) on shop-db');
  const card = run.locator('.approval');
  await card.waitFor();
  const id = await card.getAttribute('data-approval');
  const decide = (verb, body) => page.evaluate(
    ([path, text]) => fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': path }, body: text }).then((answer) => answer.status),
    [`/api/approvals/${id}/${verb}`, JSON.stringify(body)]);
  assert.equal(await decide('reject', {}), 200);
  await settled(run);
  assert.equal(await decide('approve', { digest: '0'.repeat(64) }), 409);
  page.complaints.splice(0, page.complaints.length, ...page.complaints.filter((one) => !one.includes('409')));
});

test('a long query survives a reload in mid-run, and Stop stops it', async () => {
  await say(page, LONG_QUERY);
  await page.locator('.call[data-state="running"]').waitFor();
  await page.reload();
  await page.locator('.call[data-state="running"]').waitFor();
  const began = Date.now();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('.run-note', { hasText: 'Stopped' }).waitFor();
  assert.ok(Date.now() - began < 5000, 'it stops within 5 s');
});

test('a draft survives a reload', async () => {
  const runs = await page.locator('.run').count();
  await page.fill('#composer', 'a thought that is not finished');
  await page.reload();
  await page.waitForFunction(() => document.querySelector('#composer')?.value === 'a thought that is not finished');
  await page.locator('.run').nth(runs - 1).waitFor();
  await page.fill('#composer', '');
});

test('keys decide only while a card is focused', async () => {
  const run = await say(page, 'create an index on orders (status) on shop-db');
  const card = run.locator('.approval');
  await card.waitFor();
  await page.locator('h1').click();
  await page.keyboard.press('r');
  assert.equal(await card.count(), 1);
  await card.focus();
  await page.keyboard.press('r');
  await settled(run);
  assert.match(await run.innerText(), /Rejected by/);
});

test('the audit log lists what happened, filters in the address, and proves its chain', async () => {
  await page.goto(`${server.url}/#/audit`);
  await page.locator('tbody tr').first().waitFor();
  await page.getByRole('button', { name: 'Verify chain' }).click();
  await page.getByText('The chain is intact.').waitFor();
  await page.getByLabel('Tool').fill('postgres.create_index');
  await page.getByLabel('Tool').press('Enter');
  await page.waitForURL(/tool=postgres\.create_index/);
  await page.locator('tbody tr').first().waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('tbody .audit-where')].every((cell) => cell.textContent.includes('create_index')));
  await page.locator('tbody tr button').first().click();
  assert.match(await page.locator('.sheet').innerText(), /Hash/);
  await page.keyboard.press('Escape');
  await page.locator('.sheet').waitFor({ state: 'detached' });
  for (const format of ['csv', 'jsonl']) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: format.toUpperCase(), exact: true }).click()]);
    assert.match(download.suggestedFilename(), new RegExp(`audit.*\\.${format}$`));
  }
});

test('targets are listed with their health', async () => {
  await page.goto(`${server.url}/#/targets`);
  await page.locator('.target-row', { hasText: 'shop-db' }).getByText('Healthy').waitFor();
});

for (const colorScheme of ['light', 'dark']) {
  for (const [screen, viewport] of [['wide', { width: 1360, height: 860 }], ['phone', { width: 390, height: 844 }]]) {
    test(`every page is accessible and fits: ${colorScheme}, ${screen}`, async () => {
      const session = await page.evaluate(() => fetch('/api/sessions?limit=1').then((answer) => answer.json()).then((list) => list.items[0].id));
      const other = await watchedPage(browser, server.url, { colorScheme, viewport, storageState: await page.context().storageState() });
      for (const [path, ready] of [[`chat/${session}`, '.call'], ['chat', '.example'], ['approvals', '.rows'], ['audit', 'tbody tr'], ['targets', '.target-row']]) {
        await other.goto(`${server.url}/#/${path}`);
        await other.locator(ready).first().waitFor();
        await other.waitForTimeout(400);
        assert.deepEqual(await accessibilityFindings(other), [], path);
        assert.equal(await sidewaysPixels(other), 0, `${path} scrolls sideways`);
      }
      assert.deepEqual(other.complaints, []);
      await other.context().close();
    });
  }
}

test('the theme follows the button and survives a reload', async () => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  const button = page.getByRole('button', { name: /^Theme/ });
  await button.click();
  await button.click();
  assert.notEqual(await background(), light);
  await page.reload();
  await page.locator('.nav-link').first().waitFor();
  assert.notEqual(await background(), light);
  await button.click();
  assert.equal(await background(), light);
});

test('while the server is away a banner says so, and the page comes back by itself', async () => {
  assert.deepEqual(page.complaints, [], 'nothing to complain about until here; failed requests come now');
  const other = await watchedPage(browser, server.url, { storageState: await page.context().storageState() });
  await other.goto(`${server.url}/#/chat`);
  await settled(await say(other, 'how much disk is left'));
  const isBack = server.restart(4_000);
  await other.locator('.banner').waitFor();
  await isBack;
  await other.locator('.banner').waitFor({ state: 'detached' });
  await settled(await say(other, 'how much disk is left'));
  assert.equal(await other.locator('.run').count(), 2);
  await other.context().close();
  page.complaints.length = 0;
});

test('signing out shows the login form, accessible, and a wrong password is told calmly', async () => {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.locator('.login').waitFor();
  assert.deepEqual(await accessibilityFindings(page), []);
  await page.getByLabel('Name').fill('nobody');
  await page.getByLabel('Password').fill('wrong wrong wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
});
