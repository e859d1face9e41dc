// A real browser whose pages are watched: console errors, policy violations and requests to other hosts are failures.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.STEERSMAN_CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const STANDARD = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

/** A page in its own context (its own cookies) whose `complaints` list everything that should not happen there, in any tab. */
export async function watchedPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, colorScheme: 'light', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = [];
  context.on('console', (message) => message.type() === 'error' && complaints.push(`console: ${message.text()} ${message.location().url ?? ''}`));
  context.on('weberror', (error) => complaints.push(`error: ${error.error().stack ?? error.error().message}`));
  context.on('request', (request) => {
    const address = new URL(request.url());
    if (!['data:', 'blob:'].includes(address.protocol) && address.origin !== url) complaints.push(`request to another host: ${request.url()}`);
  });
  await context.exposeFunction('reportViolation', (text) => complaints.push(`policy violation: ${text}`));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => globalThis.reportViolation(`${event.violatedDirective} ${event.blockedURI}`));
  });
  page.complaints = complaints;
  return page;
}

/** What axe finds against WCAG 2.2 A and AA, as sentences. The script is evaluated, not inserted: the policy stays strict. */
export async function accessibilityFindings(page) {
  await page.evaluate(AXE);
  // Base UI's focus guards take the focus only to hand it on at once, so axe is wrong about them.
  const { violations } = await page.evaluate(
    (tags) => globalThis.axe.run({ exclude: [['[data-base-ui-focus-guard]']] }, { runOnly: tags }),
    STANDARD,
  );
  return violations.map((one) => `${one.impact}: ${one.help} (${one.id}): ${one.nodes.slice(0, 3).map((node) => node.html).join(' | ')}`);
}

/** Pixels by which the page is wider than the screen; 0 is right. */
export const sidewaysPixels = (page) => page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));
