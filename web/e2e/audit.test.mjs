// What is left of a day's work: the audit log with its chain, the runs, and the way out.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { OWNER, startServer } from './server.mjs';
import { ask, forgive, hear, picture, question, secondTab, signIn, told, until, victim } from './steps.mjs';

let server;
let browser;
let page;
const process = victim();
const grid = (tab = page) => tab.getByRole('grid', { name: 'Audit entries' });
/** The entries, without the row of headings. */
const rows = (tab = page) => grid(tab).getByRole('row').filter({ has: tab.getByRole('gridcell') });

before(async () => {
  server = await startServer({ demo: false });
  browser = await launch();
  page = await signIn(browser, server);
  await hear(page, 'how much disk is left on this-machine');
  const card = question(await ask(page, `kill process ${process.pid} on this-machine`));
  await card.getByLabel(/^Reason/).fill('Not needed any more.');
  await card.getByRole('button', { name: 'Approve' }).click();
  await process.ended();
  await told(page.getByRole('article', { name: 'Steersman answered' }).last());
});

after(async () => {
  await browser?.close();
  await server?.stop();
  process.stop();
});

afterEach((context) => picture(context, browser));

test('the audit log lists who did what where, newest first', async () => {
  await page.goto(`${server.url}/audit`);
  await rows().filter({ hasText: 'host.kill_process' }).first().waitFor();
  const text = await grid().innerText();
  assert.ok(text.includes(OWNER), text);
  assert.match(text, /this-machine/);
  assert.match(text, /critical|high/);
});

test('filters are typed, stand in the address, and a link shows the same', async () => {
  const field = page.getByRole('combobox', { name: 'Filter the audit log' });
  await field.fill('tool:host.kill_process');
  await field.press('Enter');
  await page.waitForURL(/tool=host\.kill_process/);
  await until(async () => {
    const texts = await rows().allInnerTexts();
    return texts.length > 0 && texts.every((one) => one.includes('host.kill_process'));
  }, 'only what this tool did is listed');
  const tab = await secondTab(page, page.url());
  await rows(tab).first().waitFor();
  assert.ok((await rows(tab).allInnerTexts()).every((one) => one.includes('host.kill_process')));
  await tab.close();
});

test('an entry tells the decision, its reason and its place in the chain', async () => {
  await rows().filter({ hasText: 'Approval approved' }).first().click();
  await page.waitForURL(/entry=\d+/);
  const sheet = page.getByRole('dialog');
  await sheet.getByText('Place in the chain').waitFor();
  assert.match(await sheet.innerText(), /Not needed any more\./);
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
});

test('the chain is proved, and the log is taken away', async () => {
  await page.getByRole('button', { name: 'Verify chain' }).click();
  await page.getByText('The chain is intact.').waitFor();
  await page.keyboard.press('Escape');
  for (const [item, ending, least] of [['As CSV, for a spreadsheet', '.csv', 5], ['As JSON Lines, with everything', '.jsonl', 4]]) {
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: item }).click()]);
    assert.ok(download.suggestedFilename().endsWith(ending), download.suggestedFilename());
    const text = await readFile(await download.path(), 'utf8');
    assert.ok(text.trim().split('\n').length >= least);
    assert.match(text, /host\.kill_process/);
    await page.getByRole('menuitem', { name: item }).waitFor({ state: 'detached' });
  }
});

test('what this machine can tell is at hand, and its health', async () => {
  await page.goto(`${server.url}/agents`);
  await page.getByRole('main').getByText('this-machine').first().waitFor();
  await page.getByRole('main').getByText('Healthy').first().waitFor();
});

test('signing out shows the login form; a wrong password is told calmly, and the right one lets in', async () => {
  assert.deepEqual(page.complaints, []);
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { level: 1, name: 'Sign in to Steersman' }).waitFor();
  await page.getByLabel('Name').fill('nobody');
  await page.getByLabel('Password').fill('wrong wrong wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('The name or the password is wrong.').waitFor();
  await page.goto(await server.loginLink());
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  forgive(page, /401 \(Unauthorized\)/);
  assert.deepEqual(page.complaints, []);
});
