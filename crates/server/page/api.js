// Requests to the server. Every failure arrives as a `Failure` with a problem that says what, why and what next.

export class Failure extends Error {
  /** `problem` is {code, what, why, next}; `status` is 0 when the server could not be reached. */
  constructor(problem, status) {
    super(`${problem.what}: ${problem.why}`);
    this.problem = problem;
    this.status = status;
  }
}

export const get = (path) => request('GET', path);
export const post = (path, body = {}, options = {}) => request('POST', path, body, options);
export const remove = (path) => request('DELETE', path);

/** Told when the server no longer knows who we are. */
export const session = new EventTarget();

async function request(method, path, body, { key = uuid(), isLogin = false } = {}) {
  const headers = { Accept: 'application/json' };
  if (method !== 'GET') {
    headers['Content-Type'] = 'application/json';
    headers['Idempotency-Key'] = key;
  }
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
    });
  } catch {
    throw new Failure(UNREACHABLE, 0);
  }
  if (!response.ok) {
    const failure = new Failure(await problemOf(response), response.status);
    if (response.status === 401 && !isLogin) session.dispatchEvent(new Event('ended'));
    throw failure;
  }
  if (response.status === 204) return null;
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

export const UNREACHABLE = {
  code: 'page.unreachable',
  what: 'Could not reach Steersman',
  why: 'The server did not answer.',
  next: 'Check that it is running, then try again. What you typed is kept.',
};

/** The problem in a refused answer; answers that are none of ours (a proxy's page) get words of our own. */
export async function problemOf(response) {
  try {
    const document = await response.json();
    if (document.code && document.what) return document;
  } catch {
    // Not JSON: described below.
  }
  return {
    code: `http.${response.status}`,
    what: 'The request failed',
    why: `The server answered with status ${response.status}.`,
    next: 'Try again. If it stays, look at the log of the server.',
  };
}

/** A random UUID. `crypto.randomUUID` is missing on plain HTTP from another machine. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const random = crypto.getRandomValues(new Uint8Array(16));
  random[6] = (random[6] & 0x0f) | 0x40;
  random[8] = (random[8] & 0x3f) | 0x80;
  const hex = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** `?a=1&b=2` of the filled values, or an empty string. */
export function query(values) {
  const filled = Object.entries(values).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return filled.length ? `?${new URLSearchParams(filled)}` : '';
}
