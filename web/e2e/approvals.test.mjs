// Questions to people: decided here and elsewhere, by the right person, once, in time. Each question is about ending a
// process that the test itself started, so a decision shows its effect on the machine.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { OWNER, startServer } from './server.mjs';
import { ask, change, forgive, hear, listeningVictim, newest, picture, question, read, secondTab, signIn, told, unfold, until, victim } from './steps.mjs';

let server;
/** Its questions may be decided for a minute only. */
let impatient;
let browser;
let owner;
let dora;
let expiring;
const victims = [];
/** What the browser logs where a test was late on purpose. */
const LATE = /409 \(Conflict\).*\/api\/approvals\//;
const queue = (page) => page.getByRole('list', { name: 'Questions that wait' });
const fresh = () => {
  const one = victim();
  victims.push(one);
  return one;
};
/** Asks in a new session to end a process of ours; resolves to `{process, answer, card}` once a person is asked. */
async function proposal(page, process = fresh()) {
  await page.goto(new URL('/sessions', page.url()).href);
  const answer = await ask(page, `kill process ${process.pid} on this-machine`);
  const card = question(answer, process.pid);
  await card.waitFor();
  await told(answer);
  return { process, answer, card };
}
const pending = async (page) => (await read(page, '/api/approvals?status=pending')).items;

before(async () => {
  [server, impatient] = await Promise.all([startServer({ demo: false }), startServer({ demo: false })]);
  browser = await launch();
  await server.command('users', 'add', 'olga', '--role', 'operator');
  await server.command('users', 'add', 'dora', '--role', 'developer');
  owner = await signIn(browser, server);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await impatient?.stop();
  for (const one of victims) one.stop();
});

afterEach((context) => picture(context, browser));

test('a rule may leave a minute to decide, and the card counts it down', async () => {
  expiring = await signIn(browser, impatient);
  const policy = await read(expiring, '/api/policy');
  assert.equal((await change(expiring, 'PUT', '/api/policy', { ...policy, approval_minutes: 1 })).status, 200);
  const { card } = await proposal(expiring);
  assert.match(await card.innerText(), /expires in (\d+ s|1 min|1 m)/);
});

test('a decision in another browser shows here at once, with who and when', async () => {
  const { process, answer, card } = await proposal(owner);
  const olga = await signIn(browser, server, { user: 'olga', path: '/approvals' });
  await queue(olga).getByRole('link', { name: new RegExp(`${process.pid}`) }).click();
  const theirs = question(olga, process.pid);
  await theirs.getByLabel(/^Reason/).fill('It is only a test.');
  await theirs.getByRole('button', { name: 'Approve' }).click();
  await card.waitFor({ state: 'detached' });
  await process.ended();
  await until(async () => /Done/.test(await answer.innerText()), 'the open chat shows that it was done');
  await told(answer);
  await unfold(answer, /^Kill process/);
  assert.match(await answer.innerText(), /Approved by olga · (just now|\d+ s)[\s\S]*It is only a test\./);
  await olga.getByText(/Approved by olga/).first().waitFor();
  assert.deepEqual(olga.complaints, []);
  await olga.context().close();
});

test('a developer reads the plan but cannot decide, and goes on once somebody else has', async () => {
  dora = await signIn(browser, server, { user: 'dora' });
  const { process, answer, card } = await proposal(dora);
  await card.getByText('Your role cannot decide this. An operator or an owner can.').waitFor();
  assert.match(await card.innerText(), /kill\(\d+, SIGTERM\)/);
  assert.equal(await card.getByRole('button', { name: /^(Approve|Reject)/ }).count(), 0);
  await card.focus();
  await dora.keyboard.press('a');
  await dora.goto(`${server.url}/approvals`);
  await queue(dora).getByRole('link', { name: new RegExp(`${process.pid}`) }).click();
  await question(dora, process.pid).getByText('Your role cannot decide this.').waitFor();
  assert.equal(await dora.getByRole('checkbox', { name: /^Select/ }).count(), 0);
  await dora.getByRole('link', { name: 'The conversation' }).click();
  await question(dora, process.pid).waitFor();

  await dora.getByRole('complementary', { name: 'All sessions' }).getByText('waiting for approval').waitFor();

  await owner.goto(`${server.url}/approvals`);
  await queue(owner).getByRole('link', { name: new RegExp(`${process.pid}`) }).click();
  await question(owner, process.pid).getByRole('button', { name: 'Reject' }).click();
  await until(async () => /Rejected/.test(await answer.innerText()), 'dora sees the answer');
  await told(answer);
  await unfold(answer, /^Kill process/);
  assert.match(await answer.innerText(), new RegExp(`Rejected by ${OWNER}`));
  assert.ok(process.isRunning());
  assert.deepEqual(dora.complaints, []);
});

test('the queue shows what begins to wait without being asked again, and lets go of what was decided', async () => {
  await owner.goto(`${server.url}/approvals`);
  await owner.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
  const { process } = await proposal(dora);
  const row = queue(owner).getByRole('link', { name: new RegExp(`${process.pid}`) });
  await row.waitFor();
  await until(async () => /^\(\d\)/.test(await owner.title()), 'the tab counts it');
  const { id } = (await pending(owner)).find((view) => view.plan.summary.includes(` ${process.pid} `));
  const elsewhere = await signIn(browser, server, { user: 'olga' });
  assert.equal((await change(elsewhere, 'POST', `/api/approvals/${id}/reject`, { reason: 'Not now.' })).status, 200);
  await elsewhere.context().close();
  await row.getByText(/Rejected by olga/).waitFor();
  await row.waitFor({ state: 'detached' });
  await owner.getByRole('tab', { name: 'Decided' }).click();
  await owner.getByRole('list', { name: 'Decided questions' }).getByRole('link', { name: new RegExp(`${process.pid}`) }).getByText(/Rejected by olga/).waitFor();
});

test('filters are in the address: a link shows the same', async () => {
  const { process } = await proposal(dora);
  const { process: other } = await proposal(owner);
  await owner.goto(`${server.url}/approvals`);
  await queue(owner).getByRole('link', { name: new RegExp(`${process.pid}`) }).waitFor();
  await owner.getByRole('button', { name: 'Asked by' }).click();
  await owner.getByRole('menuitem', { name: 'dora' }).click();
  await owner.waitForURL(/by=dora/);
  await queue(owner).getByRole('link', { name: new RegExp(`${other.pid}`) }).waitFor({ state: 'detached' });
  await owner.getByRole('button', { name: 'Risk' }).click();
  await owner.getByRole('menuitem', { name: 'high' }).click();
  await owner.waitForURL(/risk=high/);
  const tab = await secondTab(owner, owner.url());
  await queue(tab).getByRole('link', { name: new RegExp(`${process.pid}`) }).waitFor();
  assert.equal(await queue(tab).getByRole('link', { name: new RegExp(`${other.pid}`) }).count(), 0);
  await tab.getByRole('button', { name: 'Clear the filter Risk' }).click();
  await tab.waitForURL((address) => !address.search.includes('risk') && address.search.includes('by=dora'));
  await tab.goto(`${server.url}/approvals?risk=low`);
  await tab.getByText('Nothing that waits matches these filters.').waitFor();
  await tab.close();
});

test('keys move in the queue, and decide only while a card or its row has the focus', async () => {
  const { process } = await proposal(owner);
  const { process: second } = await proposal(owner);
  await owner.goto(`${server.url}/approvals`);
  await queue(owner).getByRole('link', { name: new RegExp(`${second.pid}`) }).waitFor();
  const before = (await pending(owner)).length;
  await owner.getByRole('heading', { level: 1 }).click();
  await owner.keyboard.press('a');
  await owner.keyboard.press('r');
  const focused = () => owner.evaluate(() => document.activeElement?.textContent ?? '');
  await owner.keyboard.press('j');
  const first = await until(async () => /process \d+/.exec(await focused())?.[0], 'the first row has the focus');
  await owner.keyboard.press('j');
  await until(async () => !(await focused()).includes(first) && /process \d+/.test(await focused()), 'j goes on');
  await owner.keyboard.press('k');
  await until(async () => (await focused()).includes(first), 'k goes back');
  assert.equal((await pending(owner)).length, before, 'nothing was decided by a key without its card');
  for (let at = 0; at < before && !(await focused()).includes(` ${process.pid} `); at += 1) {
    const was = await focused();
    await owner.keyboard.press('j');
    await until(async () => (await focused()) !== was, 'j goes on');
  }
  await question(owner, process.pid).waitFor();
  await owner.keyboard.press('a');
  await process.ended();
  await owner.goto(`${server.url}/approvals`);
  await queue(owner).getByRole('link', { name: new RegExp(`${second.pid}`) }).click();
  const card = question(owner, second.pid);
  await card.getByLabel(/^Reason/).fill('area');
  assert.equal(await card.getByLabel(/^Reason/).inputValue(), 'area', 'letters in the field are letters');
  await card.getByLabel(/^Reason/).fill('');
  await card.focus();
  await owner.keyboard.press('r');
  await owner.getByText(new RegExp(`Rejected by ${OWNER}`)).first().waitFor();
  assert.ok(second.isRunning());
});

test('a decided question cannot be decided again from a stale card', async () => {
  const { process, answer, card } = await proposal(owner);
  const { id, digest } = (await pending(owner)).find((view) => view.plan.summary.includes(` ${process.pid} `));
  // The page does not hear of it: its answers and events are held up until it has acted.
  await owner.route(`**/api/approvals/${id}/approve`, async (route) => {
    const olga = await signIn(browser, server, { user: 'olga' });
    assert.equal((await change(olga, 'POST', `/api/approvals/${id}/reject`, { reason: 'I was faster.' })).status, 200);
    await olga.context().close();
    await route.continue();
  });
  await card.getByRole('button', { name: 'Approve' }).click();
  await card.waitFor({ state: 'detached' });
  await until(async () => /Rejected/.test(await answer.innerText()), 'it shows how it really ended');
  await told(answer);
  await unfold(answer, /^Kill process/);
  assert.match(await answer.innerText(), /Rejected by olga[\s\S]*I was faster\./);
  assert.ok(process.isRunning());
  await owner.unroute(`**/api/approvals/${id}/approve`);
  assert.equal((await change(owner, 'POST', `/api/approvals/${id}/approve`, { digest })).status, 409);
});

test('of two people at once one wins, and the other is told', async () => {
  const { process } = await proposal(dora);
  const olga = await signIn(browser, server, { user: 'olga', path: '/approvals' });
  await owner.goto(`${server.url}/approvals`);
  for (const page of [owner, olga]) {
    await queue(page).getByRole('link', { name: new RegExp(`${process.pid}`) }).click();
    await question(page, process.pid).getByRole('button', { name: 'Approve' }).waitFor();
  }
  // The faster decision may take the button away from under the slower click.
  const clicks = [owner, olga].map((page, at) => question(page, process.pid).getByRole('button', { name: at ? 'Approve' : 'Reject' }).click({ timeout: 3_000 }));
  assert.ok((await Promise.allSettled(clicks)).some(({ status }) => status === 'fulfilled'));
  const words = await Promise.all([owner, olga].map((page) => until(async () => new RegExp(`(Approved|Rejected) by (${OWNER}|olga)`).exec(await page.getByRole('main').innerText())?.[0], 'both see how it ended')));
  assert.equal(words[0], words[1], 'both see the same');
  const loser = words[0].includes(OWNER) ? olga : owner;
  if (loser.complaints.some((one) => one.includes('409'))) await loser.getByText('Your answer came later than this one; it changed nothing.').waitFor();
  const done = (await read(owner, '/api/approvals?status=approved,rejected')).items.filter((view) => view.plan.summary.includes(` ${process.pid} `));
  assert.equal(done.length, 1);
  assert.equal(process.isRunning(), done[0].status === 'rejected');
  forgive(olga, LATE);
  assert.deepEqual(olga.complaints, []);
  await olga.context().close();
});

test('several are rejected together, and what somebody else decided meanwhile is said one by one', async () => {
  for (const view of await pending(owner)) if (view.requested_by_name === 'dora') await change(owner, 'POST', `/api/approvals/${view.id}/reject`, {});
  const three = [await proposal(dora), await proposal(dora), await proposal(dora)];
  await owner.goto(`${server.url}/approvals?by=dora`);
  await until(async () => (await queue(owner).getByRole('link').count()) === 3, 'three wait');
  await owner.getByRole('checkbox', { name: 'Select all' }).click();
  await owner.getByText('3 selected').waitFor();
  assert.equal(await owner.getByRole('button', { name: 'Approve…' }).count(), 0, 'nothing above low risk is approved together');
  await owner.getByRole('button', { name: 'Reject…' }).click();
  const dialog = owner.getByRole('dialog', { name: 'Reject 3 questions?' });
  const { id, digest } = (await pending(owner)).find((view) => view.plan.summary.includes(` ${three[1].process.pid} `));
  assert.equal((await change(owner, 'POST', `/api/approvals/${id}/approve`, { digest })).status, 200);
  await dialog.getByLabel(/^Reason for all/).fill('Spring cleaning.');
  await dialog.getByRole('button', { name: 'Reject 3 questions' }).click();
  await dialog.getByText('2 are decided, 1 not.').waitFor();
  await three[1].process.ended();
  await dialog.getByRole('button', { name: 'Close' }).first().click();
  const rejected = (await read(owner, '/api/approvals?status=rejected')).items.filter((view) => view.reason === 'Spring cleaning.');
  assert.equal(rejected.length, 2);
  assert.ok(three[0].process.isRunning() && three[2].process.isRunning());
});

test('a critical change asks for a reason and the name of its target', async () => {
  const process = await listeningVictim();
  victims.push(process);
  const { answer, card } = await proposal(owner, process);
  const text = await card.innerText();
  assert.match(text, /critical risk/);
  assert.match(text, /Cannot be undone/);
  await card.getByRole('button', { name: 'Approve …' }).click();
  const sure = card.getByRole('button', { name: 'Approve this critical change' });
  await sure.click();
  await card.getByText('Write why this is right.').waitFor();
  await card.getByLabel(/^Reason/).fill('Nobody signs in here.');
  await card.getByLabel(/to approve$/).fill('this-machin');
  await sure.click();
  await card.getByText('Type the target’s name, this-machine.').waitFor();
  assert.ok(process.isRunning());
  await card.getByLabel(/to approve$/).fill('this-machine');
  await card.getByLabel(/to approve$/).press('Control+Enter');
  await process.ended();
  await until(async () => /Done/.test(await answer.innerText()), 'it was done');
});

test('what nobody decided in time is shown as expired, in the chat and in the queue', async () => {
  const answer = newest(expiring);
  await until(async () => /Expired|Nobody decided in time/.test(await answer.innerText()), 'the chat says so', 120_000);
  await until(async () => (await question(answer).count()) === 0, 'the card is gone', 90_000);
  await told(answer);
  await unfold(answer, /^Kill process/);
  assert.match(await answer.innerText(), /Nobody decided in time; nothing was done\./);
  assert.equal(await answer.getByRole('button', { name: 'Approve' }).count(), 0);
  await hear(expiring, 'how much disk is left');
  await expiring.goto(`${impatient.url}/approvals?tab=decided&outcome=expired`);
  await expiring.getByRole('list', { name: 'Decided questions' }).getByRole('link').first().getByText('Expired').waitFor();
});

test('nothing on the way broke a rule of the browser, asked another host or was logged as an error', () => {
  forgive(owner, LATE);
  for (const page of [owner, dora, expiring]) assert.deepEqual(page.complaints, []);
});
