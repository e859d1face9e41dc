// How fast the page is, measured in a real browser on this machine. Bars are for a machine that does nothing else; each is
// tried up to three times, and the load is printed beside the figures.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { after, afterEach, before, test } from 'node:test';
import { rested, signedIn } from './api.mjs';
import { launch } from './browser.mjs';
import { startModel } from './model.mjs';
import { startServer } from './server.mjs';
import { ask, composer, newest, picture, signIn, told, until } from './steps.mjs';

const TURNS = 1000;
const TRIES = 3;

let server;
let model;
let browser;
let owner;
let session;
const figures = [];

before(async () => {
  [server, model] = await Promise.all([startServer({ demo: false }), startModel()]);
  browser = await launch();
  owner = await signedIn(server);
  session = (await owner.post('/api/sessions')).id;
  let last;
  for (let turn = 0; turn < TURNS; turn += 1) {
    // The next message waits for nothing but that the one before is over.
    for (;;) {
      try {
        last = (await owner.post(`/api/sessions/${session}/messages`, { text: `hello number ${turn}` })).run_id;
        break;
      } catch (error) {
        if (!/409/.test(error.message)) throw error;
        await new Promise((wake) => setTimeout(wake, 5));
      }
    }
  }
  await rested(owner, last);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
  const machine = `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.versions.node}`;
  console.log(`\n${machine}, ${browser?.version() ? `Chromium ${browser.version()}` : 'no browser'}`);
  console.log(`${'what'.padEnd(52)} ${'measured'.padStart(12)} ${'bar'.padStart(10)}  load`);
  for (const { what, value, bar, unit, load } of figures) {
    console.log(`${what.padEnd(52)} ${`${value.toFixed(unit === 'ms' ? 1 : 0)} ${unit}`.padStart(12)} ${(bar ? `${bar} ${unit}` : '').padStart(10)}  ${load}`);
  }
});
afterEach((context) => picture(context, browser));

const at = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const median = (values) => at(values, 0.5);

function note(what, value, bar, unit = 'ms') {
  figures.push({ what, value, bar, unit, load: loadavg()[0].toFixed(1) });
}

/** Measures until every value is within its bar, at most three times; keeps and judges the best try. */
async function hold(measure) {
  let best = null;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const rows = await measure();
    const over = rows.filter(({ value, bar }) => bar && value > bar).length;
    if (best === null || over < best.over) best = { rows, over };
    if (over === 0) break;
  }
  for (const { what, value, bar } of best.rows) note(what, value, bar);
  const missed = best.rows.filter(({ value, bar }) => bar && value > bar);
  assert.deepEqual(missed.map(({ what, value, bar }) => `${what}: ${value.toFixed(1)} ms, the bar is ${bar} ms; load ${loadavg()[0].toFixed(1)}`), []);
}

/** Milliseconds from the beginning of the navigation until the field can be typed in. */
async function load(page, path) {
  await page.goto(server.url + path, { waitUntil: 'commit' });
  return page.evaluate(
    () =>
      new Promise((done) => {
        const look = () => {
          const field = document.querySelector('textarea[aria-label="Message"], [role="textbox"][aria-label="Message"]');
          if (field && !field.disabled && field.getBoundingClientRect().height > 0) done(performance.now());
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
}

for (const [name, path] of [['the overview', () => '/'], ['a session of 2,000 messages', () => `/sessions/${session}`]]) {
  test(`the composer of ${name} can be typed in within a second`, async () => {
    const page = await signIn(browser, server);
    const devtools = await page.context().newCDPSession(page);
    await hold(async () => {
      const cold = [];
      for (let times = 0; times < 5; times += 1) {
        await devtools.send('Network.clearBrowserCache');
        cold.push(await load(page, path()));
      }
      await load(page, path());
      const warm = [];
      for (let times = 0; times < 5; times += 1) warm.push(await load(page, path()));
      return [
        { what: `composer of ${name}, nothing cached`, value: median(cold), bar: 1000 },
        { what: `composer of ${name}, cached`, value: median(warm), bar: 1000 },
      ];
    });
    await page.context().close();
  });
}

test('a session of 2,000 messages opens within 300 ms of the click', async () => {
  const page = await signIn(browser, server, { path: '/sessions' });
  const newestText = `hello number ${TURNS - 1}`;
  const row = page.getByRole('complementary', { name: 'All sessions' }).getByRole('listitem').filter({ hasText: 'hello number' }).getByRole('link');
  await hold(async () => {
    const times = [];
    for (let count = 0; count < 5; count += 1) {
      await page.goto(`${server.url}/sessions`);
      await row.waitFor();
      // What a person does before they click: the parts of the page have come, and the pointer is on the row.
      await row.hover();
      await page.waitForTimeout(400);
      const opened = page.evaluate(
        (text) =>
          new Promise((done) => {
            let began = 0;
            addEventListener('click', () => (began = performance.now()), { capture: true, once: true });
            const look = () => {
              const all = [...document.querySelectorAll('[role="log"] article')];
              const box = document.querySelector('[role="log"]')?.getBoundingClientRect();
              const is = all.some((one) => one.textContent.includes(text) && one.getBoundingClientRect().top < box.bottom);
              if (began && is) requestAnimationFrame(() => done(performance.now() - began));
              else requestAnimationFrame(look);
            };
            look();
          }),
        newestText,
      );
      await row.click();
      times.push(await opened);
    }
    return [{ what: 'from the click to the newest of 2,000 messages', value: median(times), bar: 300 }];
  });
  await page.context().close();
});

test('2,000 messages scroll at 60 frames a second', async () => {
  const page = await signIn(browser, server, { path: `/sessions/${session}` });
  await newest(page).waitFor();
  const log = page.getByRole('log', { name: 'Conversation' });
  const box = await log.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  let moved = 0;
  await hold(async () => {
    await page.keyboard.press('End');
    const from = await log.evaluate((one) => one.scrollTop);
    await page.evaluate(() => {
      globalThis.frames = [];
      let before = performance.now();
      const tick = (now) => {
        globalThis.frames.push(now - before);
        before = now;
        if (!globalThis.isDone) requestAnimationFrame(tick);
      };
      globalThis.isDone = false;
      requestAnimationFrame(tick);
    });
    for (let step = 0; step < 150; step += 1) {
      await page.mouse.wheel(0, step < 120 ? -160 : 320);
      await page.waitForTimeout(16);
    }
    const frames = await page.evaluate(() => {
      globalThis.isDone = true;
      return globalThis.frames.slice(2);
    });
    moved = Math.max(moved, Math.abs(from - (await log.evaluate((one) => one.scrollTop))));
    return [
      { what: 'frame while scrolling, median', value: median(frames), bar: 17.5 },
      { what: 'frame while scrolling, 95 of 100', value: at(frames, 0.95), bar: 34 },
    ];
  });
  assert.ok(moved > 500, `it scrolled ${moved} px`);
  await page.context().close();
});

test('200 tokens a second are drawn, and every key arrives in order', async () => {
  await server.command('models', 'add', 'scripted', '--base-url', model.url, '--model', 'scripted', '--default');
  const page = await signIn(browser, server, { path: '/sessions' });
  const typed = 'the quick brown fox jumps over the lazy dog while it streams';
  let isOver = false;
  model.answer(async function* stream() {
    const began = Date.now();
    for (let token = 0; token < 2000; token += 1) {
      yield token % 12 === 11 ? `**w${token}**\n\n` : `w${token} `;
      const ahead = began + (token + 1) * 5 - Date.now();
      if (ahead > 4) await new Promise((wake) => setTimeout(wake, ahead));
    }
    isOver = true;
  });
  const answer = await ask(page, 'stream please');
  await answer.getByText('w11').first().waitFor();
  await page.evaluate(() => {
    globalThis.paints = [];
    addEventListener('keydown', () => {
      const began = performance.now();
      requestAnimationFrame(() => setTimeout(() => globalThis.paints.push(performance.now() - began)));
    }, { capture: true });
  });
  await composer(page).focus();
  for (const letter of typed) {
    await page.keyboard.type(letter);
    await page.waitForTimeout(40);
  }
  assert.equal(isOver, false, 'it streamed all the while');
  assert.equal(await composer(page).inputValue(), typed);
  const paints = await page.evaluate(() => globalThis.paints);
  assert.ok(paints.length >= typed.length, `${paints.length} keys were drawn`);
  note('key to paint while 200 tokens a second stream, median', median(paints));
  note('key to paint while 200 tokens a second stream, 95 of 100', at(paints, 0.95));
  await told(answer);
  await until(async () => (await answer.innerText()).includes('w1999'), 'all of it is drawn');
  const words = (await answer.innerText()).match(/\bw\d+\b/g);
  assert.equal(new Set(words).size, 2000, 'no token is lost');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the page keeps its size', () => {
  const script = fileURLToPath(new URL('../scripts/budget.mjs', import.meta.url));
  console.log(execFileSync(process.execPath, [script], { encoding: 'utf8' }));
});
