// What the stories have in common: signing in, asking, reading answers and cards. Everything is found by the words and
// roles that a person has, so that the page may change its looks.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchedPage } from './browser.mjs';

const LONG_MS = 60_000;

/** Waits until `look` gives something true, and gives that; what it throws counts as not yet. */
export async function until(look, what, ms = LONG_MS) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`Waited ${ms / 1000} s until ${what}; the last look gave: ${last?.message ?? last}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

/** A watched page of this person (the owner without a name), on `path` when it resolves. */
export async function signIn(browser, server, { user, path = '/', ...options } = {}) {
  const page = await watchedPage(browser, server.url, options);
  await page.goto(await server.loginLink(user));
  await page.getByRole('heading', { level: 1 }).waitFor();
  if (path !== '/') await page.goto(server.url + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return page;
}

/** Another tab of the same person in the same browser. */
export async function secondTab(page, path) {
  const tab = await page.context().newPage();
  tab.setDefaultTimeout(30_000);
  await tab.goto(new URL(path, page.url()).href);
  await tab.getByRole('heading', { level: 1 }).waitFor();
  return tab;
}

/** The field to ask in; `place` is a page or a part of one, such as the drawer. */
export const composer = (place) => place.getByRole('textbox', { name: 'Message', exact: true }).last();
export const said = (place) => place.getByRole('article', { name: 'You said' });
export const answers = (place) => place.getByRole('article', { name: 'Steersman answered' });
export const newest = (place) => answers(place).last();
export const stopButton = (place) => place.getByRole('button', { name: /^Stop\s*(Esc)?$/ });
export const drawer = (page) => page.getByRole('complementary', { name: 'Assistant' });

/** Types and sends; resolves to the answer as soon as there is one. It stands for the newest answer from then on. */
export async function ask(place, text) {
  const field = composer(place);
  const mark = String(Math.random());
  if ((await said(place).count()) > 0) await said(place).last().evaluate((article, value) => article.setAttribute('data-before', value), mark);
  await field.fill(text);
  await field.press('Enter');
  await followed(place, text, mark);
  return newest(place);
}

/** Waits until the newest message says this and an answer to it has begun. */
export async function followed(place, text, mark = '') {
  await until(async () => {
    const message = said(place).last();
    if ((await message.getAttribute('data-before', { timeout: 1000 })) === mark) return false;
    if (!(await message.innerText({ timeout: 1000 })).includes(text.split('\n')[0].replaceAll('`', ''))) {
      if (!(await message.innerText({ timeout: 1000 })).includes(text)) return false;
    }
    return message.evaluate((article) => {
      const all = [...document.querySelectorAll('article')].filter((one) => one.closest('[role="log"]') === article.closest('[role="log"]'));
      return all[all.indexOf(article) + 1]?.ariaLabel === 'Steersman answered';
    });
  }, `"${text}" is answered`);
}

/** Waits until the answer is whole: its run is over, or waits for a person. */
export async function told(answer) {
  await until(async () => (await answer.getAttribute('aria-busy', { timeout: 1000 })) === 'false', 'the answer is whole');
  return answer;
}

/** Asks and waits for all of it. */
export const hear = async (place, text) => told(await ask(place, text));

/** Stops what is said; resolves to the ms from the page's request until the run was cancelled, by the clocks of both. */
export async function stopped(page) {
  const [request] = await Promise.all([page.waitForRequest(/\/api\/runs\/[^/]+\/cancel$/), stopButton(page).click()]);
  const path = new URL(request.url()).pathname.replace(/\/cancel$/, '');
  const run = await until(async () => {
    const now = await read(page, path);
    return now.status === 'cancelled' && now;
  }, 'the run is cancelled');
  await newest(page).getByText('Stopped. What had been done by then is shown above.').waitFor();
  return Date.parse(run.updated_at) - request.timing().startTime;
}

/** The card that asks a person; by the words of its plan when several ask. */
export const question = (place, words = '') => place.getByRole('region', { name: new RegExp(`^Approve\\? .*${words}`) });

/** Opens what is folded under this title, unless it is open. */
export async function unfold(place, title) {
  const fold = place.getByRole('button', { name: title, expanded: false }).first();
  if ((await fold.count()) > 0) await fold.click();
}

/** A process of our own that a test may end: `{pid, ended(), stop()}`. */
export function victim() {
  return handle(spawn('sleep', ['1800'], { stdio: 'ignore' }));
}

/** A listening process that calls itself sshd: to end it is a critical change. */
export async function listeningVictim() {
  const child = spawn(process.execPath, ['-e', "process.title = 'sshd-e2e'; require('net').createServer().listen(0, '127.0.0.1', () => console.log('up'))"], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return handle(child);
}

function handle(child) {
  const ended = once(child, 'exit');
  return { pid: child.pid, ended: () => ended, isRunning: () => child.exitCode === null && child.signalCode === null, stop: () => child.kill('SIGKILL') };
}

/** A GET of the API with the page's own login. */
export const read = (page, path) => page.evaluate((where) => fetch(where).then((answer) => answer.json()), path);

/** A change through the API with the page's own login; resolves to `{status, body}`. */
export const change = (page, method, path, body) =>
  page.evaluate(
    async ([verb, where, text]) => {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': `e2e-${Math.random()}` };
      const answer = await fetch(where, { method: verb, headers, body: text });
      const said = await answer.text();
      return { status: answer.status, body: said ? JSON.parse(said) : null };
    },
    [method, path, JSON.stringify(body ?? {})],
  );

/** Takes away the complaints that a test caused on purpose; the others stay. */
export function forgive(page, ...patterns) {
  const kept = page.complaints.filter((one) => !patterns.some((pattern) => pattern.test(one)));
  page.complaints.splice(0, page.complaints.length, ...kept);
}

/** After a failed test: a picture of each page that is open. */
export async function picture(context, browser) {
  if (context.passed !== false || !browser) return;
  const folder = process.env.STEERSMAN_E2E_SHOTS ?? join(tmpdir(), 'steersman-e2e-shots');
  await mkdir(folder, { recursive: true });
  const pages = browser.contexts().flatMap((one) => one.pages());
  for (const [at, page] of pages.entries()) {
    const path = join(folder, `${context.name.replaceAll(/\W+/g, '-').slice(0, 90)}-${at}.png`);
    if (await page.screenshot({ path, timeout: 5000 }).catch(() => null)) console.error(`A picture of ${page.url()} is in ${path}`);
  }
}
