// When things go wrong around the page: the server away, slow or upgraded, a login that ends, text that means harm, storage
// that is refused. Nothing is lost, and what is said is calm and true.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { signedIn } from './api.mjs';
import { launch, watchedPage } from './browser.mjs';
import { startModel } from './model.mjs';
import { startServer } from './server.mjs';
import { answers, ask, change, composer, forgive, hear, newest, picture, read, secondTab, signIn, told, until } from './steps.mjs';
import { startGoBetween } from './upgrade.mjs';

const PASSWORD = 'a long enough password';
let server;
let model;
let browser;
let page;
before(async () => {
  [server, model] = await Promise.all([startServer({ demo: false }), startModel()]);
  await server.command('models', 'add', 'scripted', '--base-url', model.url, '--model', 'scripted', '--default');
  const owner = await signedIn(server);
  await owner.post('/api/users', { name: 'dora', role: 'developer', password: PASSWORD });
  browser = await launch();
  page = await signIn(browser, server, { path: '/sessions' });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});
afterEach((context) => picture(context, browser));

const answerWith = (...pieces) =>
  model.answer(async function* answer() {
    yield* pieces;
  });
const DRAFT = 'half a thought';

test('a server that dies is told of calmly, and everything comes back without a reload', async () => {
  answerWith('The first answer.');
  await hear(page, 'say something');
  const waits = await secondTab(page, '/runs');
  await composer(page).fill(DRAFT);
  await page.evaluate(() => (globalThis.isSamePage = true));
  await server.kill();
  await page.getByText('Cannot reach Steersman. What you typed is kept.').waitFor();
  await newest(page).getByText('The first answer.').waitFor();
  assert.equal(await page.getByRole('alert').count(), 0, 'nothing alarms');
  await page.getByRole('link', { name: 'Tools', exact: true }).click();
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await server.start();
  await page.getByText('Cannot reach Steersman').waitFor({ state: 'detached', timeout: 40_000 });
  await waits.getByText('Cannot reach Steersman').waitFor({ state: 'detached', timeout: 40_000 });
  await page.goBack();
  await page.goBack();
  await until(async () => (await composer(page).inputValue()) === DRAFT, 'the draft is kept');
  assert.equal(await page.evaluate(() => globalThis.isSamePage), true, 'the page was not loaded again');
  answerWith('The second answer.');
  await hear(page, 'and again');
  await newest(page).getByText('The second answer.').waitFor();
  await waits.getByText('and again').first().waitFor();
  await waits.close();
  forgive(page, /ERR_CONNECTION|WebSocket|Failed to load|net::|could not be loaded/);
});

test('a server that is slow is said to be slow, and nothing is lost', async () => {
  const between = await startGoBetween(server.url);
  const slow = await watchedPage(browser, between.url);
  await slow.goto((await server.loginLink()).replace(server.url, between.url));
  await composer(slow).waitFor();
  between.slow(11_000);
  await slow.getByRole('link', { name: 'Runs', exact: true }).click();
  await slow.getByText('Steersman is slow to answer. Nothing is lost.').waitFor({ timeout: 20_000 });
  between.slow(0);
  await slow.getByText('and again').first().waitFor();
  await slow.getByText('Steersman is slow to answer.').waitFor({ state: 'detached', timeout: 20_000 });
  assert.deepEqual(slow.complaints, []);
  await slow.context().close();
  await between.stop();
});

test('after an upgrade a part that is gone is explained, and the page is never loaded again by itself', async () => {
  const between = await startGoBetween(server.url);
  const stale = await watchedPage(browser, between.url);
  await stale.goto((await server.loginLink()).replace(server.url, between.url));
  await composer(stale).fill(DRAFT);
  await stale.evaluate(() => (globalThis.isSamePage = true));
  between.upgrade();
  await stale.getByRole('link', { name: 'Audit log', exact: true }).click();
  await stale.getByRole('heading', { level: 1, name: 'A newer version is running' }).waitFor();
  await stale.getByText('Reload when ready; drafts are kept.').first().waitFor();
  await stale.waitForTimeout(1500);
  assert.equal(await stale.evaluate(() => globalThis.isSamePage), true, 'nothing reloaded it');
  await stale.getByRole('link', { name: 'Overview', exact: true }).click();
  await until(async () => (await composer(stale).inputValue()) === DRAFT, 'what is loaded goes on, with its draft');
  await stale.getByRole('button', { name: 'Reload' }).first().click();
  await until(() => stale.evaluate(() => globalThis.isSamePage === undefined), 'a click reloads it');
  await until(async () => (await composer(stale).inputValue()) === DRAFT, 'the draft outlived the reload');
  await stale.getByRole('link', { name: 'Audit log', exact: true }).click();
  await stale.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
  forgive(stale, /404|could not be loaded/);
  assert.deepEqual(stale.complaints, []);
  await stale.context().close();
  await between.stop();
});

test('a login that ends in mid-work is renewed over the page, and the work goes on', async () => {
  const dora = await signIn(browser, server, { user: 'dora', path: '/sessions' });
  answerWith('Good to see you.');
  await hear(dora, 'hello there');
  await composer(dora).fill(DRAFT);
  await dora.evaluate(() => (globalThis.isSamePage = true));
  const other = await secondTab(dora, '/runs');
  assert.equal((await change(other, 'POST', '/api/auth/logout')).status < 300, true);
  await other.close();
  const again = dora.getByRole('dialog', { name: 'Sign in again' });
  await again.waitFor({ timeout: 20_000 });
  await again.getByLabel('Password').fill('not this one at all');
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.getByText('The name or the password is wrong.').waitFor();
  await again.getByLabel('Password').fill(PASSWORD);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.waitFor({ state: 'detached' });
  assert.equal(await composer(dora).inputValue(), DRAFT);
  assert.equal(await dora.evaluate(() => globalThis.isSamePage), true);
  answerWith('Where were we?');
  await hear(dora, 'go on');
  await newest(dora).getByText('Where were we?').waitFor();
  forgive(dora, /401|WebSocket/);
  assert.deepEqual(dora.complaints, []);
  await dora.context().close();
});

test('a person who is disabled in mid-work is out, and can go on once enabled again', async () => {
  const dora = await signIn(browser, server, { user: 'dora', path: '/sessions' });
  await composer(dora).fill(DRAFT);
  const { items } = await read(page, '/api/users');
  const { id } = items.find((user) => user.name === 'dora');
  await change(page, 'PATCH', `/api/users/${id}`, { is_enabled: false });
  const again = dora.getByRole('dialog', { name: 'Sign in again' });
  await again.waitFor({ timeout: 20_000 });
  await again.getByLabel('Password').fill(PASSWORD);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.getByRole('alert').waitFor();
  await change(page, 'PATCH', `/api/users/${id}`, { is_enabled: true });
  await again.getByLabel('Password').fill(PASSWORD);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.waitFor({ state: 'detached' });
  assert.equal(await composer(dora).inputValue(), DRAFT);
  forgive(dora, /401|403|WebSocket/);
  assert.deepEqual(dora.complaints, []);
  await dora.context().close();
});

const HOSTILE = `<script>globalThis.isHarmed = true</script>
<img src="https://evil.example/pixel.png" onerror="globalThis.isHarmed = true">
<iframe src="https://evil.example"></iframe><style>body { display: none }</style>

![remote](https://evil.example/remote.png) ![data](data:text/html;base64,PHNjcmlwdD4=)

[click me](javascript:globalThis.isHarmed=true) [vb](vbscript:x) [data](data:text/html,<script>1</script>) [fine](https://example.com/docs)

\u202Eright to left\u202C \u0000\u0007\u001B[31mred\u001B[0m \u200Bzero width

| ${Array.from({ length: 60 }, (_, at) => `column ${at}`).join(' | ')} |
| ${Array.from({ length: 60 }, () => '---').join(' | ')} |
${Array.from({ length: 40 }, (_, row) => `| ${Array.from({ length: 60 }, (_, at) => `${row}.${at}`).join(' | ')} |`).join('\n')}

\`\`\`html
<script>globalThis.isHarmed = true</script>
\`\`\`

The end of it.`;

test('an answer that means harm is text: no markup, no picture, no dangerous link, and it fits', async () => {
  answerWith(HOSTILE);
  const answer = await hear(page, 'show me what you have');
  await answer.getByText('The end of it.').waitFor();
  assert.equal(await page.evaluate(() => globalThis.isHarmed), undefined);
  assert.equal(await answer.locator('script, img, iframe, style, object').count(), 0);
  const links = await answer.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  assert.deepEqual(links.filter((href) => !/^https?:/.test(href ?? '')), []);
  assert.equal(await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth)), 0);
  assert.doesNotMatch(await answer.innerText(), /[\u202E\u0000\u0007\u001B]/, 'signs that hide something are shown, not obeyed');
  await composer(page).fill('still usable');
  assert.equal(await composer(page).inputValue(), 'still usable');
  await composer(page).fill('');
  assert.deepEqual(page.complaints, []);
});

test('an answer of ten megabytes leaves the page usable', async () => {
  model.answer(async function* long() {
    const line = `${'words and more words '.repeat(50)}\n\n`;
    for (let size = 0; size < 10_000_000; size += line.length * 20) yield line.repeat(20);
    yield 'The end of it.';
  });
  const answer = await ask(page, 'say a great deal');
  for (const letter of 'typing on') await composer(page).press(letter === ' ' ? 'Space' : letter, { timeout: 10_000 });
  assert.equal(await composer(page).inputValue(), 'typing on');
  await told(answer);
  await composer(page).fill('');
  const began = Date.now();
  await composer(page).pressSequentially('after it', { timeout: 10_000 });
  assert.equal(await composer(page).inputValue(), 'after it');
  assert.ok(Date.now() - began < 5_000, 'keys are taken at once');
  await composer(page).fill('');
  assert.ok((await page.evaluate(() => document.querySelectorAll('*').length)) < 20_000, 'the page stays small');
  assert.deepEqual(page.complaints, []);
});

test('two tabs of one session show the same, live', async () => {
  await page.goto(`${server.url}/sessions`);
  answerWith('One.');
  await hear(page, 'first');
  const tab = await secondTab(page, new URL(page.url()).pathname);
  await newest(tab).getByText('One.').waitFor();
  answerWith('Two.');
  await hear(tab, 'second');
  await newest(page).getByText('Two.').waitFor();
  assert.equal(await answers(page).count(), await answers(tab).count());
  await tab.close();
});

test('a clock that is hours off confuses nothing', async () => {
  const late = await watchedPage(browser, server.url);
  await late.clock.install({ time: Date.now() + 5 * 3_600_000 });
  await late.clock.resume();
  await late.goto(await server.loginLink());
  await composer(late).waitFor();
  await late.goto(`${server.url}/sessions`);
  answerWith('It is what time it is.');
  const answer = await hear(late, 'what time is it');
  await answer.getByText('It is what time it is.').waitFor();
  await late.goto(`${server.url}/runs`);
  await late.getByText('what time is it').first().waitFor();
  assert.doesNotMatch(await late.getByRole('main').innerText(), /NaN|Invalid|-\d+ (s|m|h)\b/);
  assert.deepEqual(late.complaints, []);
  await late.context().close();
});

test('a browser that refuses to store anything is served all the same', async () => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 } });
  await context.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(globalThis, name, {
        get() {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        },
      });
    }
  });
  const bare = await context.newPage();
  const errors = [];
  bare.on('pageerror', (error) => errors.push(error.message));
  await bare.goto(await server.loginLink());
  await composer(bare).waitFor();
  answerWith('Nothing needs to be stored.');
  const answer = await hear(bare, 'do you need storage');
  await answer.getByText('Nothing needs to be stored.').waitFor();
  for (const path of ['/approvals', '/runs', '/audit', '/agents', '/tools', '/settings/appearance']) {
    await bare.goto(server.url + path);
    await bare.getByRole('heading', { level: 1 }).waitFor();
  }
  await bare.getByRole('radio', { name: /^Dark/ }).check();
  assert.deepEqual(errors, []);
  await context.close();
});

test('nothing on the way broke a rule of the browser, asked another host or was logged as an error', () => {
  assert.deepEqual(page.complaints, []);
});
