// A server that has been used: people, sessions, approvals, runs of every state, a disabled target, a token, a provider.

import { rested, say, signedIn, waitingOf } from './api.mjs';
import { startServer } from './server.mjs';
import { listeningVictim, victim } from './steps.mjs';
import { startModel } from './model.mjs';

const REPORT = `## What I found

| query | calls | mean |
| --- | ---: | ---: |
| \`SELECT … FROM orders WHERE customer_id = $1\` | 3 | 134 ms |
| \`SELECT count(*) FROM order_items\` | 2 | 41 ms |

1. **orders** is read whole for each customer.
2. An index on \`customer_id\` would spare that.

\`\`\`sql
CREATE INDEX CONCURRENTLY orders_customer_id_idx
    ON public.orders (customer_id);
\`\`\`

- [x] plan read
- [ ] index made

> Nothing has been changed so far.`;

/**
 * `{server, model, owner, ids: {story, report, failed, waiting, critical, server, target, machine, disabled}, stop()}`;
 * ids are those that addresses of the page need.
 */
export async function startWorld() {
  const model = await startModel();
  const server = await startServer();
  const stops = [];
  const world = { server, model, ids: {} };
  world.stop = async () => {
    for (const stop of stops) stop();
    await server.stop();
    await model.stop();
  };
  try {
    await fill(world, stops);
  } catch (error) {
    await world.stop();
    throw error;
  }
  return world;
}

async function fill(world, stops) {
  const { server, model, ids } = world;
  const owner = await signedIn(server);
  world.owner = owner;
  for (const [name, role] of [['dora', 'developer'], ['olaf', 'operator'], ['vera', 'viewer']]) await owner.post('/api/users', { name, role });
  const dora = await signedIn(server, 'dora');
  await owner.post('/api/tokens', { name: 'backup script', days: 90 });
  const { items: targets } = await owner.get('/api/targets');
  const shop = targets.find((target) => target.name === 'shop-db');
  const machine = targets.find((target) => target.plugin === 'host');
  Object.assign(ids, { server: shop.server_id, target: shop.id, machine: machine.id });
  ids.disabled = await addDisabled(owner, shop);

  const provider = await owner.post('/api/models', { name: 'Workshop', base_url: model.url, model: 'scripted', api_key: 'sk-e2e', is_default: true });
  model.answer(async function* report() {
    for (const line of REPORT.split('\n')) yield `${line}\n`;
  });
  ids.report = (await say(owner, 'sum up what makes the shop slow')).session;
  await owner.patch(`/api/models/${provider.id}`, { is_default: false });

  ids.story = await story(owner);
  ids.failed = (await say(owner, 'run `SELECT * FROM nosuch` on shop-db')).run.id;
  await stopped(owner);
  await say(dora, 'how much disk is left');
  ids.waiting = (await waitingOf(owner, (await say(dora, 'create an index on orders (status) on shop-db')).run)).id;
  const daemon = await listeningVictim();
  const sleeper = victim();
  stops.push(daemon.stop, sleeper.stop);
  ids.critical = (await waitingOf(owner, (await say(owner, `stop process ${daemon.pid} on ${machine.name}`)).run)).id;
  const gone = await waitingOf(owner, (await say(dora, `stop process ${sleeper.pid} on ${machine.name}`)).run);
  await owner.post(`/api/approvals/${gone.id}/reject`, { reason: 'It is still needed until Monday.' });
}

/** The main job: slow queries, a fix that was approved, what it looks like now; blocks of several kinds. */
async function story(api) {
  const { session } = await say(api, 'show slow queries');
  await say(api, 'explain SELECT * FROM orders WHERE customer_id = 42 on shop-db', session);
  const { run } = await say(api, 'create an index on orders (customer_id) on shop-db', session);
  const approval = await waitingOf(api, run);
  await api.post(`/api/approvals/${approval.id}/approve`, { digest: approval.digest, reason: 'Read-mostly table; quiet hour.' });
  await rested(api, run.id);
  await say(api, 'show the last 40 lines of /var/log/dpkg.log on this-machine', session);
  await say(api, 'find files over 5 MB in /var on this-machine', session);
  await say(api, 'what is running on shop-db', session);
  return session;
}

async function stopped(api) {
  const session = (await api.post('/api/sessions')).id;
  const { run_id: run } = await api.post(`/api/sessions/${session}/messages`, {
    text: 'run `SELECT count(*) FROM orders a CROSS JOIN orders b CROSS JOIN orders c` on shop-db',
  });
  await api.post(`/api/runs/${run}/cancel`);
  return rested(api, run);
}

async function addDisabled(api, like) {
  const place = `/api/servers/${like.server_id}/plugins`;
  const added = await api.post(place, { name: 'archive-db', plugin: 'postgres', environment: 'staging', settings: { ...like.settings, database: 'archive', port: 1 } });
  await api.patch(`${place}/${added.id}`, { revision: added.revision, is_enabled: false });
  return added.id;
}
