// What an owner sets up, on the pages for it: targets, people, tokens, providers and rules. Each thing once, as a person does it.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { launch, watchedPage } from './browser.mjs';
import { startModel } from './model.mjs';
import { OWNER, startServer } from './server.mjs';
import { change, forgive, picture, read, signIn, until } from './steps.mjs';

let server;
let model;
let browser;
let page;
before(async () => {
  [server, model] = await Promise.all([startServer(), startModel()]);
  browser = await launch();
  page = await signIn(browser, server);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});
afterEach((context) => picture(context, browser));

const open = async (path, words) => {
  await page.goto(server.url + path);
  await page.getByText(words).first().waitFor();
};
const dialog = () => page.getByRole('dialog');
const press = (name, where = page) => where.getByRole('button', { name, exact: true }).click();
const fromMenu = async (trigger, item) => {
  await page.getByRole('button', { name: trigger }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
};
const shop = async () => (await read(page, '/api/targets')).items.find((target) => target.name === 'shop-db');
const choose = async (where, label, option) => {
  await where.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option }).first().click();
};

test('a target is added by its form: tried first, and what is wrong is said at its field', async () => {
  await open('/agents', 'shop-db');
  const { settings } = await shop();
  await fromMenu('Add target', 'PostgreSQL');
  const form = dialog();
  const field = (name) => form.getByRole('textbox', { name: new RegExp(`^${name}( \\(optional\\))?$`) });
  await field('Name').fill('second-db');
  await press('Add', form);
  assert.equal(await form.getByText('This is needed.').count(), 2, 'database and user are needed');
  await field('Database').fill('shop');
  await field('User').fill('shop');
  await field('Port').fill('70000');
  await press('Test', form);
  await form.getByText('At most 65535.').waitFor();
  assert.equal(await field('Port').getAttribute('aria-invalid'), 'true');
  await field('Port').fill('1');
  await press('Test', form);
  await form.getByRole('status').filter({ hasText: 'Down.' }).waitFor({ timeout: 20_000 });
  await field('Port').fill(String(settings.port));
  await choose(form, 'Encryption', 'disable');
  await form.getByLabel(/^Password/).fill('not the password');
  await press('Test', form);
  await form.getByRole('status').filter({ hasText: /Down\. .*password/i }).waitFor({ timeout: 20_000 });

  await field('Name').fill('shop-db');
  await press('Add', form);
  await form.getByRole('alert').filter({ hasText: /shop-db|name/i }).first().waitFor();
  forgive(page, /409|422/);
  await field('Name').fill('second-db');
  await press('Add', form);
  await page.getByRole('heading', { level: 1, name: 'second-db' }).waitFor();
  await page.getByText('Down', { exact: true }).waitFor();
});

test('settings are tried with the secrets that are set', async () => {
  const target = await shop();
  await open(`/agents/${target.server_id}/${target.id}`, 'Healthy');
  await fromMenu('What can be done with shop-db', 'Edit settings');
  await press('Test', dialog());
  await dialog().getByRole('status').filter({ hasText: 'Healthy. PostgreSQL' }).waitFor({ timeout: 20_000 });
  await press('Cancel', dialog());
  await dialog().waitFor({ state: 'detached' });
});

test('a target is edited, disabled, enabled and removed by typing its name', async () => {
  const actions = /^What can be done with second-db/;
  await page.goto(`${server.url}/agents`);
  await page.getByRole('link', { name: 'second-db' }).click();
  await fromMenu(actions, 'Edit settings');
  await dialog().getByRole('combobox', { name: 'Environment' }).fill('stag');
  await page.getByRole('option', { name: 'staging' }).click();
  await press('Save', dialog());
  await dialog().waitFor({ state: 'detached' });
  await page.getByText('staging', { exact: true }).first().waitFor();

  await fromMenu(actions, 'Disable');
  await press('Disable', dialog().or(page.getByRole('alertdialog')));
  await page.getByText('Disabled', { exact: true }).waitFor();
  await page.getByRole('tab', { name: 'Tools' }).click();
  assert.ok(await page.getByRole('button', { name: 'Run List tables' }).isDisabled());
  await fromMenu(actions, 'Enable');
  await until(() => page.getByRole('button', { name: 'Run List tables' }).isEnabled(), 'its tools can be run again');

  await fromMenu(actions, 'Remove');
  const remove = dialog().getByRole('button', { name: 'Remove' });
  assert.ok(await remove.isDisabled());
  await dialog().getByRole('textbox').fill('second-d');
  assert.ok(await remove.isDisabled());
  await dialog().getByRole('textbox').fill('second-db');
  await remove.click();
  await page.getByRole('heading', { level: 1, name: 'Servers' }).waitFor();
  await page.getByRole('link', { name: 'second-db' }).waitFor({ state: 'detached' });
});

test('a query is run by hand, and its answer is a table', async () => {
  const target = await shop();
  await open(`/agents/${target.server_id}/${target.id}`, 'Healthy');
  await page.getByRole('tab', { name: 'Tools' }).click();
  await press('Run Run a query');
  await press('Run', dialog());
  await dialog().getByText('This is needed.').waitFor();
  await dialog().getByRole('textbox').first().fill('SELECT status, count(*) FROM orders GROUP BY status ORDER BY status');
  await press('Run', dialog());
  const answer = dialog().getByRole('region', { name: 'What came of it' });
  await answer.getByRole('table').waitFor();
  assert.match(await answer.innerText(), /status[\s\S]*count/);
});

test('a change by hand is proposed, waits for a person, and is shown in the queue', async () => {
  await press('Close', dialog().locator('footer').or(dialog()).last());
  await dialog().waitFor({ state: 'detached' });
  await press('Propose Create an index');
  const field = (name) => dialog().getByRole('textbox', { name: new RegExp(`^${name}`) });
  await field('Table').fill('orders');
  await field('Columns').fill('status');
  await press('Propose', dialog());
  const card = dialog().getByRole('region', { name: /^Approve\?/ });
  await card.waitFor();
  assert.match(await card.innerText(), /CREATE INDEX CONCURRENTLY[\s\S]*Cannot be undone|CREATE INDEX CONCURRENTLY[\s\S]*Can be undone/);
  await page.goto(`${server.url}/approvals`);
  await page.getByText(/^Create index orders_status/).first().waitFor();
  const { items } = await read(page, '/api/approvals?status=pending');
  assert.equal(items.length, 1);
  assert.equal((await change(page, 'POST', `/api/approvals/${items[0].id}/reject`, { reason: 'only a test' })).status, 200);
});

test('a user is added, given another role and a one-time link, and disabled', async () => {
  await open('/settings/users', OWNER);
  await press('New user');
  await dialog().getByRole('textbox', { name: 'Name' }).fill(OWNER);
  await press('Create', dialog());
  await dialog().getByRole('alert').waitFor();
  forgive(page, /4\d\d/);
  await dialog().getByRole('textbox', { name: 'Name' }).fill('dora');
  await press('Create', dialog());
  await dialog().waitFor({ state: 'detached' });
  const row = page.getByRole('row').filter({ hasText: 'dora' });
  await row.getByText('Developer').waitFor();
  await choose(row, 'Role of dora', 'Viewer');
  await until(async () => (await read(page, '/api/users')).items.find((user) => user.name === 'dora').role === 'viewer', 'the role is changed');

  await fromMenu('What can be done with dora', 'One-time login link');
  const link = (await dialog().locator('code').innerText()).trim();
  await press('I have copied it', dialog());
  const dora = await watchedPage(browser, server.url);
  await dora.goto(link.replace(/^https?:\/\/[^/]+/, server.url));
  await dora.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  const again = await watchedPage(browser, server.url);
  await again.goto(link.replace(/^https?:\/\/[^/]+/, server.url));
  await again.getByRole('alert').waitFor();
  await again.context().close();

  await fromMenu('What can be done with dora', 'Disable');
  await press('Disable', dialog().or(page.getByRole('alertdialog')));
  await row.getByText('disabled').waitFor();
  await dora.getByRole('dialog', { name: 'Sign in again' }).waitFor({ timeout: 20_000 });
  await dora.context().close();
});

test('a token is shown once, works, and can be revoked', async () => {
  await open('/settings/tokens', 'commands on this machine');
  await press('New token');
  await dialog().getByRole('textbox').fill('backup script');
  await press('Create', dialog());
  await dialog().getByText('it is shown only this once').waitFor();
  const token = (await dialog().locator('code').innerText()).trim();
  const ask = () => fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${token}` } }).then((answer) => answer.status);
  assert.equal(await ask(), 200);
  await press('I have copied it', dialog());
  await page.getByRole('row').filter({ hasText: 'backup script' }).waitFor();
  assert.doesNotMatch(await page.locator('body').innerText(), new RegExp(token));
  const row = page.getByRole('row').filter({ hasText: 'backup script' });
  await press('Revoke', row);
  await press('Revoke', dialog());
  await row.getByText('revoked').waitFor();
  assert.equal(await ask(), 401);
});

test('a provider is added and tested; a wrong address and a wrong key are said exactly', async () => {
  model.answer(async function* answer() {
    yield 'ok';
  });
  await open('/settings/providers', 'Built-in');
  await press('Add provider');
  const field = (name) => dialog().getByRole('textbox', { name: new RegExp(`^${name}`) });
  await field('Name').fill('workshop');
  await choose(dialog(), 'Kind', 'Ollama');
  assert.equal(await field('Address').inputValue(), 'http://127.0.0.1:11434');
  await choose(dialog(), 'Kind', 'OpenAI or compatible');
  await field('Address').fill('http://127.0.0.1:1/v1');
  await field('Model').fill('scripted');
  await press('Add', dialog());
  await dialog().waitFor({ state: 'detached' });
  await press('Test');
  const row = page.getByRole('listitem').filter({ hasText: 'workshop' });
  const wrong = row.getByRole('alert');
  await wrong.waitFor();
  assert.match(await wrong.innerText(), /127\.0\.0\.1:1/);
  assert.match(await wrong.innerText(), /reach|connect|refused/i);

  await fromMenu('What can be done with workshop', 'Edit');
  await field('Address').fill(model.url);
  await dialog().getByLabel(/^Key/).fill('wrong');
  await press('Save', dialog());
  await dialog().waitFor({ state: 'detached' });
  model.refuse(401);
  await press('Test');
  await until(async () => /key/i.test(await wrong.innerText()), 'it says that the key is wrong');
  model.refuse(0);
  await press('Test');
  await row.getByRole('status').waitFor();
  forgive(page, /4\d\d|50\d/);
  await fromMenu('What can be done with workshop', 'Remove');
  await press('Remove', dialog());
  await row.waitFor({ state: 'detached' });
});

test('a rule is added and saved, and Simulate shows what it does', async () => {
  await open('/settings/rules', 'ask-changes');
  await press('Add rule');
  await dialog().getByRole('textbox', { name: 'Name' }).fill('deny-drops');
  await choose(dialog(), 'Says', 'Deny');
  await dialog().getByRole('textbox', { name: /^Why/ }).fill('Indexes are dropped by hand only.');
  await dialog().getByRole('textbox', { name: /^Tools/ }).fill('postgres.drop_index');
  await press('Put into the rules', dialog());
  await page.getByText('These rules are not saved yet.').waitFor();
  await press('Save rules');
  await page.getByText('Rules are at revision 2').waitFor();
  await page.getByText(/deny-drops/).first().waitFor();

  await open('/settings/simulate', 'Choose a target and a tool.');
  await page.getByRole('combobox', { name: 'Target' }).fill('shop');
  await page.getByRole('option', { name: /shop-db/ }).click();
  await page.getByRole('combobox', { name: 'Tool' }).fill('drop');
  await page.getByRole('option', { name: /Drop an index/ }).click();
  const answers = page.getByRole('table');
  await answers.getByText('deny-drops').first().waitFor();
  assert.match(await answers.innerText(), /owner\s+deny\s+[\s\S]*Indexes are dropped by hand only\./);
  assert.match(await answers.innerText(), /viewer\s+no right/);
});

test('the password, the theme and a shortcut are one’s own', async () => {
  await open('/settings/general', 'New password');
  await page.getByLabel('New password').fill('short');
  await page.getByText('At least 10 characters.').waitFor();
  await page.getByLabel('New password').fill('a long enough one');
  await page.getByLabel('The same again').fill('a long enough two');
  await page.getByText('The two differ.').waitFor();
  await page.getByLabel('The same again').fill('a long enough one');
  await press('Set password');
  await page.getByText('Your password is set').waitFor();

  await open('/settings/appearance', 'Always light');
  const ground = () => page.evaluate(() => getComputedStyle(document.querySelector('h1')).color);
  const light = await ground();
  await page.getByRole('radio', { name: /^Dark/ }).check();
  await until(async () => (await ground()) !== light, 'the page is dark');
  await page.reload();
  await until(async () => (await ground()) !== light, 'it is still dark');
  await page.getByRole('radio', { name: /^Light/ }).check();
  await until(async () => (await ground()) === light, 'it is light again');
});

test('a viewer is told what the role does not give, and nothing fails', async () => {
  await server.command('users', 'add', 'vera', '--role', 'viewer');
  const vera = await signIn(browser, server, { user: 'vera' });
  const target = await shop();
  for (const [path, words] of [
    ['/', /Overview/],
    ['/sessions', /New session/],
    ['/approvals', /Approvals/],
    ['/runs', /Runs/],
    ['/agents', /shop-db/],
    [`/agents/${target.server_id}/${target.id}`, /Healthy/],
    ['/tools', /no right/],
    ['/audit', /Your role does not let you see the audit log\./],
    ['/settings/users', /Your role does not let you see users\./],
    ['/settings/providers', /Your role does not let you see model providers\./],
    ['/settings/rules', /Your role does not let you see rules\.|ask-changes/],
    ['/settings/roles', /decide approvals/],
  ]) {
    await vera.goto(server.url + path);
    await vera.getByText(words).first().waitFor();
    await vera.waitForTimeout(300);
    assert.equal(await vera.getByRole('alert').count(), 0, `${path} shows an error`);
  }
  assert.equal(await vera.getByRole('link', { name: 'Audit log' }).count(), 0);
  assert.deepEqual(vera.complaints, []);
  await vera.context().close();
});

test('the strict policy is on the page, and nothing on the way broke it, asked another host or was logged as an error', async () => {
  const answer = await fetch(server.url);
  const policy = answer.headers.get('content-security-policy');
  for (const part of ["default-src 'self'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
    assert.ok(policy.split('; ').includes(part), `${part} in ${policy}`);
  }
  assert.doesNotMatch(policy, /unsafe/);
  assert.deepEqual(page.complaints, []);
});
