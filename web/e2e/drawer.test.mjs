// The assistant beside every page, the palette, the keys: everything that can be done from anywhere, and without a mouse.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { OWNER, startServer } from './server.mjs';
import { answers, ask, change, composer, drawer, hear, newest, picture, question, read, signIn, told, until, victim } from './steps.mjs';

let server;
let browser;
let page;
let shop;
const process = victim();
const path = (tab = page) => new URL(tab.url()).pathname;
const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent || '');
const prompts = (place) => place.getByRole('list', { name: 'Suggested prompts' }).getByRole('listitem');
const palette = () => page.getByRole('combobox', { name: 'Search, run a command, or ask' });
/** Opens the palette, types, and waits until the entry is the chosen one. */
async function find(words, entry) {
  await page.keyboard.press('Control+k');
  await palette().waitFor();
  await page.keyboard.type(words);
  await page.getByRole('option', { name: entry, selected: true }).waitFor();
}

before(async () => {
  server = await startServer();
  browser = await launch();
  page = await signIn(browser, server);
  const targets = (await read(page, '/api/targets')).items;
  shop = targets.find((target) => target.name === 'shop-db');
  // Another database, so that "which one" is a question.
  const { status } = await change(page, 'POST', `/api/servers/${shop.server_id}/plugins`, { name: 'other-db', plugin: 'postgres', environment: 'staging', settings: { ...shop.settings, database: 'postgres' } });
  assert.equal(status, 201);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  process.stop();
});

afterEach((context) => picture(context, browser));

test('Ctrl+Shift+K opens the assistant on every page, with what the page shows and what one could ask there', async () => {
  const session = await hear(page, 'how much disk is left on this-machine').then(() => path());
  await page.goto(`${server.url}/sessions`);
  await question(await ask(page, `kill process ${process.pid} on this-machine`)).waitFor();
  const run = (await read(page, '/api/runs')).items.find(({ title }) => title.includes('disk'));
  const [approval] = (await read(page, '/api/approvals?status=pending')).items;
  const places = [
    ['/', 'Overview'],
    ['/sessions', null],
    [session, null],
    ['/approvals', 'Approvals'],
    [`/approvals/${approval.id}`, approval.plan.summary],
    ['/runs', 'Runs'],
    [`/runs/${run.id}`, run.title],
    ['/agents', 'Servers'],
    [`/agents/${shop.server_id}`, /./],
    [`/agents/${shop.server_id}/${shop.id}`, 'shop-db'],
    ['/tools', 'Tools'],
    ['/audit', 'Audit log'],
    ['/settings', /./],
  ];
  for (const [at, [where, about]] of places.entries()) {
    await page.goto(server.url + where);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const home = page.getByRole('link', { name: 'Steersman, overview' });
    await home.focus();
    await page.keyboard.press(at % 2 ? 'Meta+Shift+K' : 'Control+Shift+K');
    await until(async () => (await focused()) === 'Message', `the field has the focus on ${where}`);
    if (about === null) assert.equal(await drawer(page).getByRole('button', { name: /^Leave out/ }).count(), 0, where);
    else await drawer(page).getByRole('button', { name: about instanceof RegExp ? /^Leave out ./ : `Leave out ${about}` }).waitFor();
    await until(async () => (await prompts(drawer(page)).count()) > 0, `something is suggested on ${where}`);
    await page.keyboard.press('Escape');
    await drawer(page).waitFor({ state: 'detached' });
    await until(async () => (await focused()) === 'Steersman, overview', `the focus is back where it was on ${where}`);
  }
  assert.deepEqual(page.complaints, []);
});

test('on the page of a target its name need not be said', async () => {
  await page.goto(`${server.url}/agents/${shop.server_id}/${shop.id}`);
  await page.getByRole('heading', { level: 1, name: 'shop-db' }).waitFor();
  await page.keyboard.press('Control+Shift+K');
  const pane = drawer(page);
  await until(async () => (await prompts(pane).allInnerTexts()).some((text) => text.includes('shop-db')), 'it suggests what fits shop-db');
  const answer = await hear(pane, 'show slow queries');
  await answer.getByRole('region', { name: 'postgres.get_slow_queries on shop-db' }).waitFor();
  assert.match(await answer.getByRole('table').first().innerText(), /orders/);
  await pane.getByRole('button', { name: 'New session' }).click();
  await prompts(pane).first().click();
  assert.notEqual(await composer(pane).inputValue(), '', 'a suggestion is put into the field');
  await composer(pane).fill('');
  await page.keyboard.press('Escape');
  await pane.waitFor({ state: 'detached' });
});

test('a session in the drawer is a session like any other', async () => {
  await page.goto(`${server.url}/agents/${shop.server_id}/${shop.id}`);
  await page.getByRole('heading', { level: 1, name: 'shop-db' }).waitFor();
  await page.keyboard.press('Control+Shift+K');
  await hear(drawer(page), 'list tables');
  await page.reload();
  await newest(drawer(page)).waitFor();
  await drawer(page).getByRole('link', { name: 'Open as page' }).click();
  await page.getByRole('heading', { level: 1, name: 'list tables' }).waitFor();
  await drawer(page).waitFor({ state: 'detached' });
  await page.getByTitle('About: shop-db').waitFor();
  assert.equal(await answers(page).count(), 1);
});

test('the palette finds pages, sessions, targets and actions, and asks what it does not find', async () => {
  await find('appro', 'Approvals');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/approvals$/);
  await find('how much disk', /how much disk/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/sessions\/./);
  await page.getByRole('heading', { level: 1, name: /how much disk/ }).waitFor();
  await find('shop-db', /shop-db/);
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/agents/.*${shop.id}`));

  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await find('dark', /^Dark theme/);
  await page.keyboard.press('Enter');
  await until(async () => (await background()) !== light, 'the theme is dark');
  await find('theme of the', /^Theme of the system/);
  await page.keyboard.press('Enter');
  await until(async () => (await background()) === light, 'the theme is light again');

  await page.keyboard.press('Control+k');
  await palette().fill('nothing is called like this');
  await page.getByRole('option', { name: 'Ask Steersman: nothing is called like this' }).waitFor();
  await palette().fill('what eats memory on this-machine');
  await page.getByRole('option', { name: 'Ask Steersman: what eats memory on this-machine' }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.getByRole('option', { name: /^Ask Steersman/, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await newest(drawer(page)).getByRole('region', { name: /^host\..* on this-machine$/ }).first().waitFor();
  await told(newest(drawer(page)));
  await composer(drawer(page)).focus();
  await page.keyboard.press('Escape');
  await drawer(page).waitFor({ state: 'detached' });
});

test('every page has its chord, and g alone does nothing in a field', async () => {
  await page.getByRole('heading', { level: 1 }).click();
  for (const [key, name] of [['s', 'New session'], ['a', 'Approvals'], ['r', 'Runs'], ['g', 'Servers'], ['t', 'Tools'], ['l', 'Audit log'], ['o', 'Overview'], [',', 'General']]) {
    // A field that took the focus by itself would take the keys too.
    await page.evaluate(() => document.activeElement?.blur?.());
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await until(async () => new RegExp(`${name}|Settings`).test(await page.getByRole('heading', { level: 1 }).innerText()), `g ${key} opens ${name}`);
  }
  await page.goto(`${server.url}/sessions`);
  await composer(page).fill('');
  await composer(page).pressSequentially('g r?');
  assert.equal(await composer(page).inputValue(), 'g r?');
  assert.equal(path(), '/sessions');
  await composer(page).fill('');
});

test('? lists all keys, and a person chooses their own', async () => {
  await page.goto(`${server.url}/tools`);
  await page.getByRole('heading', { level: 1, name: 'Tools' }).click();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await dialog.getByText('Ask the assistant about this page', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: /^Change the key for Runs:/ }).click();
  await page.keyboard.press('Alt+r');
  await dialog.getByRole('button', { name: 'Back to the usual key for Runs' }).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('Alt+r');
  await page.waitForURL(/\/runs$/);
  await page.reload();
  await page.goto(`${server.url}/tools`);
  await page.getByRole('heading', { level: 1, name: 'Tools' }).click();
  await page.keyboard.press('Alt+r');
  await page.waitForURL(/\/runs$/);
  await page.keyboard.press('?');
  await dialog.getByRole('button', { name: 'Back to the usual keys' }).click();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('Alt+r');
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.waitForURL(/\/tools$/);
});

test('the whole main job is done without a mouse', async () => {
  const keys = await signIn(browser, server);
  page = keys;
  await keys.keyboard.press('g');
  await keys.keyboard.press('s');
  await until(async () => (await focused()) === 'Message', 'the field to ask in has the focus');
  await keys.keyboard.type('why is orders slow on shop-db, and fix it');
  await keys.keyboard.press('Enter');
  const card = question(keys);
  await card.waitFor();
  await told(newest(keys));
  const index = /create index ([\w.]+)/i.exec(await card.getByRole('heading', { level: 3 }).innerText())[1];
  // Back from the field into the conversation, until the card has the focus.
  for (let count = 0; count < 30 && !/^Approve\?/.test(await focused()); count += 1) await keys.keyboard.press('Shift+Tab');
  await until(async () => card.evaluate((one) => one.contains(document.activeElement)), 'the focus is in the card');
  await keys.keyboard.press('a');
  await card.waitFor({ state: 'detached' });
  await newest(keys).getByRole('region', { name: 'postgres.create_index on shop-db' }).getByText('Done').waitFor();
  await told(newest(keys));
  assert.ok(await newest(keys).evaluate((answer) => answer.contains(document.activeElement)), 'the focus stays with the call');

  await find('start a new session', /^Start a new session/);
  await keys.keyboard.press('Enter');
  await until(async () => path() === '/sessions' && (await focused()) === 'Message', 'a new session may begin');
  await keys.keyboard.type(`drop index ${index} on shop-db`);
  await keys.keyboard.press('Enter');
  await question(keys, index).waitFor();
  await find('approvals', /^Approvals/);
  await keys.keyboard.press('Enter');
  await keys.getByRole('list', { name: 'Questions that wait' }).getByText(index).first().waitFor();
  // Without a focus the whole page is the active element, and its text names everything.
  const link = () => keys.evaluate(() => (document.activeElement?.matches('a') ? document.activeElement.textContent : ''));
  for (let count = 0; count < 5 && !(await link()).includes(index); count += 1) await keys.keyboard.press('j');
  await question(keys, index).waitFor();
  await keys.keyboard.press('r');
  await keys.getByText(new RegExp(`Rejected by ${OWNER}`)).first().waitFor();
  await keys.keyboard.press('g');
  await keys.keyboard.press('r');
  await keys.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  await keys.getByRole('row', { name: /drop index/i }).first().waitFor();
  await keys.keyboard.press('j');
  await until(() => keys.evaluate(() => document.activeElement?.role === 'row'), 'a run has the focus');
  await keys.keyboard.press('Enter');
  await keys.waitForURL(/\/runs\/./);
  assert.deepEqual(keys.complaints, []);
});
