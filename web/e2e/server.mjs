// Starts the real binary with its demo on a free port and an empty data directory, and stops it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BINARY = process.env.STEERSMAN_BIN ?? fileURLToPath(new URL('../../target/release/steersman', import.meta.url));
/** The first owner is called as whoever starts the server. */
export const OWNER = userInfo().username;
/** initdb, a filled sample shop and slow queries take their time on a small machine. */
const READY_MS = 180_000;

/**
 * `{url, firstLink(), loginLink(user?), command(...words), restart(awayMs), kill(), start(), stop()}`. Without `demo` there
 * is no database: it starts in no time. Rejects with the output when it does not get ready.
 */
export async function startServer({ demo = true } = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'steersman-e2e-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // With --json the demo only starts its database; otherwise it would tell the story of these tests itself.
  const words = ['--json', 'up', ...(demo ? ['--demo'] : []), '--data-dir', dataDir, '--listen', `127.0.0.1:${port}`];
  const up = () => start(words, demo ? /"demo"\s*:\s*"ready"/ : /"ready_ms"/);
  const command = (...words) => run(['--json', '--data-dir', dataDir, ...words]);
  let running = await up();
  return {
    url,
    command,
    async loginLink(user) {
      const text = await command('login-link', ...(user ? ['--user', user] : []));
      const token = /[?&]login=([\w.~-]+)/.exec(text)?.[1];
      if (!token) throw new Error(`No login link in:\n${text}`);
      return `${url}/?login=${token}`;
    },
    /** The link that the greeting printed. */
    firstLink: () => `${url}/?login=${/[?&]login=([\w.~-]+)/.exec(running.output())[1]}`,
    /** Stops, stays away so long, and starts again. */
    async restart(awayMs) {
      await running.stop();
      await new Promise((wake) => setTimeout(wake, awayMs));
      running = await up();
    },
    /** Ends it at once, as a power cut does. */
    kill: () => running.kill(),
    async start() {
      running = await up();
    },
    async stop() {
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function start(args, ready) {
  const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
  let output = '';
  let failure = null;
  for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (chunk) => (output += chunk));
  child.on('error', (error) => (failure = error));
  const until = Date.now() + READY_MS;
  while (!ready.test(output)) {
    if (failure) throw new Error(`Could not start ${BINARY}: ${failure.message}. Build it: cargo build --release -p steersman`);
    if (child.exitCode !== null) throw new Error(`steersman up ended with ${child.exitCode}:\n${output}`);
    if (Date.now() > until) throw new Error(`steersman up was not ready in ${READY_MS / 1000} s:\n${output}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
  return {
    output: () => output,
    async kill() {
      const ended = child.exitCode === null ? once(child, 'exit') : null;
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      const ended = child.exitCode === null ? once(child, 'exit') : null;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(force);
    },
  };
}

async function run(args) {
  const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } });
  let text = '';
  for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`steersman ${args.join(' ')} ended with ${code}:\n${text}`);
  return text;
}

async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
