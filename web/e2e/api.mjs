// The API as a program uses it: what a test needs to be there is made here, and only what it is about on the page.

/** Signs in by a one-time link: `{me, get(path), post(path, body), patch(path, body), remove(path)}`. Throws with the problem. */
export async function signedIn(server, user) {
  const token = new URL(await server.loginLink(user)).searchParams.get('login');
  const origin = { origin: server.url, 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/api/auth/link`, { method: 'POST', headers: origin, body: JSON.stringify({ token }) });
  if (!answer.ok) throw new Error(`Could not sign in: ${answer.status} ${await answer.text()}`);
  const cookie = answer.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ');
  let last = 0;
  async function call(method, path, body) {
    last += 1;
    const headers = { ...origin, cookie, 'idempotency-key': `world-${process.pid}-${user ?? ''}-${Date.now()}-${last}` };
    const said = await fetch(server.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await said.text();
    if (!said.ok) throw new Error(`${method} ${path}: ${said.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }
  return {
    cookie,
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    remove: (path) => call('DELETE', path),
  };
}

const RESTS = ['completed', 'failed', 'cancelled', 'waiting_approval'];

/** Says `text` in a session (a new one without `sessionId`) and waits until the run rests: it is over, or waits for a person. */
export async function say(api, text, sessionId) {
  const session = sessionId ?? (await api.post('/api/sessions')).id;
  const { run_id: run } = await api.post(`/api/sessions/${session}/messages`, { text });
  return { session, run: await rested(api, run) };
}

/** The run, once it is over or waits for a person. */
export async function rested(api, id) {
  for (let wait = 0; wait < 1200; wait += 1) {
    const run = await api.get(`/api/runs/${id}`);
    if (RESTS.includes(run.status)) return run;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error(`The run ${id} did not come to rest within 60 s`);
}

/** The approval that this run waits for. */
export async function waitingOf(api, run) {
  const { items } = await api.get(`/api/approvals?status=pending&run=${run.id}`);
  if (!items[0]) throw new Error(`The run ${run.id} waits for nothing: ${JSON.stringify(run.status)}`);
  return items[0];
}
