// Every page, in both themes and on both widths: accessible, fitting, within its policy, and without a word in the console.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { accessibilityFindings, launch, sidewaysPixels, watchedPage } from './browser.mjs';
import { keep } from './screens.mjs';
import { forgive, picture, signIn, until } from './steps.mjs';
import { startWorld } from './world.mjs';

let world;
let browser;
before(async () => {
  world = await startWorld();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await world?.stop();
});
afterEach((context) => picture(context, browser));

const heading = (name) => (page) => page.getByRole('heading', { level: 1, name }).waitFor();
const SECTIONS = {
  general: 'New password',
  appearance: 'Always light',
  shortcuts: 'Search and commands',
  tokens: 'backup script',
  providers: 'Workshop',
  users: 'dora',
  roles: 'decide approvals',
  rules: 'ask-changes',
  simulate: 'Choose a target and a tool.',
};

/** A chart needs two looks at the target, which are 30 s apart. */
const chart = (page) => page.getByRole('figure').first().waitFor({ timeout: 90_000 });

/** `{name, path(ids), ready(page)}`; a view is ready when what it is for is there. */
const VIEWS = {
  work: [
    { name: 'overview', path: () => '/', ready: (page) => page.getByText('create an index on orders (status)').first().waitFor() },
    { name: 'sessions', path: () => '/sessions', ready: (page) => page.getByRole('textbox', { name: 'Message' }).last().waitFor() },
    { name: 'session', path: (ids) => `/sessions/${ids.story}`, ready: (page) => page.getByRole('article', { name: 'Steersman answered' }).last().waitFor() },
    { name: 'session-report', path: (ids) => `/sessions/${ids.report}`, ready: (page) => page.getByText('An index on').waitFor() },
    { name: 'approvals', path: () => '/approvals', ready: (page) => page.getByText(/^End process/).first().waitFor() },
    { name: 'approval', path: (ids) => `/approvals/${ids.waiting}`, ready: (page) => page.getByRole('region', { name: /^Approve\?/ }).waitFor() },
    { name: 'approval-critical', path: (ids) => `/approvals/${ids.critical}`, ready: (page) => page.getByRole('region', { name: /^Approve\?/ }).waitFor() },
    { name: 'runs', path: () => '/runs', ready: (page) => page.getByText('show slow queries').first().waitFor() },
    { name: 'run', path: (ids) => `/runs/${ids.failed}`, ready: (page) => page.getByText(/Run query/i).first().waitFor() },
    { name: 'audit', path: () => '/audit', ready: (page) => page.getByText('Login succeeded').first().waitFor() },
    { name: 'audit-entry', path: () => '/audit?entry=20', ready: (page) => page.getByRole('dialog').waitFor() },
    { name: 'audit-statistics', path: () => '/audit?view=statistics', ready: (page) => page.getByText('By action').first().waitFor() },
  ],
  places: [
    { name: 'servers', path: () => '/agents', ready: (page) => page.getByRole('link', { name: 'archive-db' }).waitFor() },
    { name: 'server', path: (ids) => `/agents/${ids.server}`, ready: chart },
    { name: 'target', path: (ids) => `/agents/${ids.server}/${ids.target}`, ready: chart },
    { name: 'target-tools', path: (ids) => `/agents/${ids.server}/${ids.target}`, ready: (page) => openTab(page, 'Tools', 'Run Show slow queries') },
    { name: 'target-settings', path: (ids) => `/agents/${ids.server}/${ids.target}`, ready: (page) => openTab(page, 'Settings', null) },
    { name: 'target-disabled', path: (ids) => `/agents/${ids.server}/${ids.disabled}`, ready: (page) => page.getByText('while it is disabled').waitFor() },
    { name: 'tool-form', path: (ids) => `/agents/${ids.server}/${ids.target}`, ready: openToolForm },
    { name: 'target-form', path: () => '/agents', ready: openTargetForm },
    { name: 'tools', path: () => '/tools', ready: (page) => page.getByText('List processes').first().waitFor() },
    { name: 'tool', path: () => '/tools', ready: openTool },
  ],
  settings: Object.entries(SECTIONS).map(([id, words]) => ({
    name: `settings-${id}`,
    path: () => `/settings/${id}`,
    ready: (page) => page.getByText(words).first().waitFor(),
  })),
  frame: [
    { name: 'not-found', path: () => '/no/such/page', ready: heading('Nothing here') },
    { name: 'palette', path: () => '/', ready: async (page) => {
      await heading('Overview')(page);
      await page.keyboard.press('Control+k');
      await page.getByRole('option').first().waitFor();
    } },
    { name: 'shortcuts', path: () => '/', ready: async (page) => {
      await heading('Overview')(page);
      await page.getByRole('heading', { level: 1 }).click();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    } },
    { name: 'drawer', path: (ids) => `/agents/${ids.server}/${ids.target}`, ready: async (page) => {
      await heading('shop-db')(page);
      await page.keyboard.press('Control+Shift+K');
      await page.getByLabel('Assistant', { exact: true }).getByRole('textbox', { name: 'Message' }).waitFor();
    } },
  ],
};

async function openTab(page, tab, button) {
  await page.getByRole('tab', { name: tab }).click();
  if (button) await page.getByRole('button', { name: button }).first().waitFor();
  else await page.getByRole('heading', { name: 'Credentials' }).waitFor();
}

async function openToolForm(page) {
  await page.getByRole('tab', { name: 'Tools' }).click();
  await page.getByRole('button', { name: 'Propose Create an index' }).click();
  await page.getByRole('dialog').getByRole('textbox').first().waitFor();
}

async function openTargetForm(page) {
  await page.getByRole('button', { name: 'Add target' }).click();
  await page.getByRole('menuitem', { name: /postgres/i }).click();
  await page.getByRole('dialog').getByLabel('Name', { exact: true }).waitFor();
}

async function openTool(page) {
  await page.getByText('Create an index').first().click();
  await page.getByRole('heading', { name: 'Arguments' }).waitFor();
}

/** Everything that a page owes to everybody. */
async function sound(page, name) {
  assert.deepEqual(await accessibilityFindings(page), [], `${name}: accessible`);
  assert.equal(await page.locator('h1').count(), 1, `${name}: one title`);
  if (page.viewportSize().width < 640) assert.equal(await sidewaysPixels(page), 0, `${name}: fits the width`);
  assert.deepEqual(page.complaints, [], `${name}: no complaint of the browser`);
}

/** Skeletons, charts and fades are over, so that axe and a picture see what a person sees. */
async function calm(page) {
  await until(() => page.evaluate(() => document.querySelector('[aria-busy="true"], .skeleton') === null), 'everything is loaded', 10_000).catch(() => {});
  await page.waitForTimeout(250);
}

const LOOKS = [
  { colorScheme: 'light', width: 1360, height: 860 },
  { colorScheme: 'dark', width: 1360, height: 860 },
  { colorScheme: 'light', width: 390, height: 844 },
  { colorScheme: 'dark', width: 390, height: 844 },
];
const ON_PHONE = new Set(['overview', 'sessions', 'session', 'approvals', 'approval', 'runs', 'run', 'audit', 'servers', 'target', 'tools', 'settings-general', 'settings-rules', 'drawer']);
/** All of them, or those named in STEERSMAN_VIEWS (with commas) while one works on a page. */
const isChosen = ({ name }) => !process.env.STEERSMAN_VIEWS || process.env.STEERSMAN_VIEWS.split(',').includes(name);

for (const { colorScheme, width, height } of LOOKS) {
  for (const [group, views] of Object.entries(VIEWS)) {
    if (!views.some(isChosen)) continue;
    test(`${group}: accessible and whole, ${colorScheme}, ${width} px`, async () => {
      const page = await signIn(browser, world.server, { colorScheme, viewport: { width, height }, reducedMotion: 'reduce', hasTouch: width < 640 });
      page.setDefaultTimeout(15_000);
      const findings = [];
      for (const { name, path, ready } of views.filter(isChosen)) {
        try {
          await page.goto(world.server.url + path(world.ids));
          await ready(page);
          await calm(page);
          if (width > 640 || ON_PHONE.has(name)) await keep(page, `${name}-${colorScheme}${width < 640 ? '-phone' : ''}`);
          await sound(page, name);
        } catch (error) {
          findings.push(`${name}: ${error.message}`);
          page.complaints.length = 0;
        }
      }
      assert.deepEqual(findings, []);
      await page.context().close();
    });
  }
}
