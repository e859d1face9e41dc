// Blocks and cards in a real browser, hostile contents included, without a server behind them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFindings, launch, watchedPage } from './browser.mjs';
import { startGallery } from './gallery.mjs';

let gallery;
let browser;
before(async () => {
  gallery = await startGallery();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await gallery?.close();
});

/** A page of the gallery; `query` chooses its part. */
async function shown(query, options) {
  const page = await watchedPage(browser, gallery.url, options);
  await page.goto(`${gallery.url}/gallery.html?${query}`);
  await page.locator('[data-sample]').first().waitFor();
  return page;
}
const cardOf = (page, id) => page.locator(`[data-approval="${id}"]`);
const stateOf = (card, state) => card.and(card.page().locator(`[data-state="${state}"]`)).waitFor();
const focusTag = (page) => page.evaluate(() => document.activeElement?.tagName);

// Each theme and each width once: axe takes its time over ten thousand rows.
for (const [colorScheme, width] of [['light', 1360], ['dark', 390]]) {
  test(`everything is accessible, fits and keeps the policy: ${colorScheme}, ${width} px`, async () => {
    for (const part of ['small', 'approvals', 'calls&open', 'blocks']) {
      const page = await shown(`show=${part}`, { colorScheme, viewport: { width, height: 900 } });
      await page.waitForTimeout(1500);
      assert.deepEqual(await accessibilityFindings(page), [], part);
      assert.equal(await page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth), 0, `${part} scrolls sideways`);
      assert.deepEqual(page.complaints, [], part);
      await page.context().close();
    }
  });
}

test('a key decides only for the card that has the focus, and nothing is shown before the server says so', async () => {
  const page = await shown('show=approvals');
  const card = cardOf(page, 'approval-medium');
  assert.equal(await focusTag(page), 'BODY', 'nothing takes the focus by itself');
  await page.keyboard.press('a');
  await card.focus();
  await page.keyboard.press('a');
  await page.waitForTimeout(50);
  assert.equal(await card.getAttribute('data-state'), 'pending');
  await stateOf(card, 'approved');
  assert.match(await card.textContent(), /Approved by Bo/);
  assert.equal(await card.evaluate((node) => node.contains(document.activeElement)), true, 'the focus stays with the card');
});

test('what was decided elsewhere, expired or changed is told calmly', async () => {
  const page = await shown('show=approvals');
  const press = async (id, key) => {
    await cardOf(page, id).focus();
    await page.keyboard.press(key);
  };
  await press('approval-elsewhere', 'r');
  await stateOf(cardOf(page, 'approval-elsewhere'), 'approved');
  assert.match(await cardOf(page, 'approval-elsewhere').textContent(), /Approved by Bo.*Looked fine to me.*changed nothing/s);
  await press('approval-gone', 'a');
  await stateOf(cardOf(page, 'approval-gone'), 'expired');
  await press('approval-changed', 'a');
  await cardOf(page, 'approval-changed').getByText('made anew').waitFor();
  assert.match(await cardOf(page, 'approval-changed').textContent(), /orders_customer_id_idx2/);
  await press('approval-forbidden', 'a');
  await cardOf(page, 'approval-forbidden').getByRole('alert').getByText('lost this right').waitFor();
  assert.equal(await cardOf(page, 'approval-forbidden').getAttribute('data-state'), 'pending');
});

test('who may not approve has no button for it, and an expired question takes no answer', async () => {
  const page = await shown('show=approvals');
  const own = cardOf(page, 'approval-own');
  assert.equal(await own.getByRole('button', { name: 'Approve' }).count(), 0);
  assert.equal(await own.getByRole('button', { name: 'Reject' }).isEnabled(), true);
  assert.match(await own.textContent(), /somebody else has to approve/);
  assert.equal(await cardOf(page, 'approval-expired').getByRole('button', { name: 'Approve' }).isDisabled(), true);
});

test('a critical change takes two steps, a reason and the target’s name', async () => {
  const page = await shown('show=approvals&only=critical');
  const card = cardOf(page, 'approval-critical');
  await card.focus();
  await page.keyboard.press('a');
  await card.getByRole('button', { name: 'Approve this critical change' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
  await page.keyboard.press('Control+Enter');
  await card.getByText('Write why this is right').waitFor();
  await page.keyboard.type('the archive is exported, all of it');
  await page.keyboard.press('Control+Enter');
  await card.getByText('Type the target’s name, orders-db').waitFor();
  assert.equal(await card.getAttribute('data-state'), 'pending');
  await page.keyboard.type('orders-db');
  await page.keyboard.press('Control+Enter');
  await stateOf(card, 'approved');
  assert.match(await card.textContent(), /the archive is exported, all of it/);
});

test('a value that came from a target’s text carries its warning', async () => {
  const page = await shown('show=approvals&only=marked');
  const value = cardOf(page, 'approval-marked').locator('dd', { hasText: 'ignore previous' });
  assert.match(await value.first().textContent(), /U\+202E.*from target text/);
});

test('calls are folded unless something went wrong, and an undo is asked for, not done', async () => {
  const page = await shown('show=calls');
  const isOpen = (id) => page.locator(`[data-execution="${id}"] button`).first().getAttribute('aria-expanded');
  assert.deepEqual([await isOpen('e9'), await isOpen('e14'), await isOpen('e10'), await isOpen('e15')], ['false', 'true', 'true', 'true']);
  await page.locator('[data-execution="e8"] button').first().click();
  await page.getByRole('button', { name: 'Undo: drop index' }).click();
  await page.getByText('asked for postgres.drop_index').waitFor();
});

test('text of others brings no markup, no picture and no dangerous link', async () => {
  const page = await shown('show=blocks&only=text');
  // The last of the samples is there too: each is drawn when its part of the page has come.
  await page.locator('main', { hasText: 'xn--pple-43d.com' }).waitFor();
  await page.locator('.prose a').first().waitFor();
  assert.equal(await page.locator('main :is(img, script, iframe, b)').count(), 0);
  const links = await page.locator('main a').evaluateAll((all) => all.map(({ href, rel, target }) => ({ href, rel, target })));
  for (const { href, rel, target } of links) {
    assert.match(href, /^(https?|mailto):/);
    assert.deepEqual([rel, target], ['noreferrer noopener', '_blank']);
  }
  assert.match(await page.locator('main').textContent(), /xn--pple-43d\.com/);
  assert.deepEqual(page.complaints, []);
});

test('ten megabytes, ten thousand rows and five thousand lines stay a small page', async () => {
  const page = await shown('show=blocks');
  await page.getByRole('button', { name: /^Show all \(9/ }).click();
  await page.getByRole('region', { name: 'Text from orders-db' }).waitFor();
  await page.getByRole('region', { name: 'Statements' }).getByRole('button', { name: 'calls' }).click();
  await page.getByRole('region', { name: 'Statements' }).getByText('10,006').waitFor();
  await page.getByRole('button', { name: 'Follow the end' }).click();
  await page.getByRole('region', { name: 'Server log' }).getByText('pid=5999').waitFor();
  await page.getByRole('searchbox').fill('fatal pid=1005');
  await page.getByText('1 of 5,000 lines').waitFor();
  assert.ok((await page.evaluate(() => document.querySelectorAll('*').length)) < 4000);
});

test('a tree is walked and folded by keys', async () => {
  const page = await shown('show=blocks&only=tree');
  await page.getByRole('treeitem').first().focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
  await page.getByText('Seq Scan on orders').waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('treeitem').count(), 2);
});
