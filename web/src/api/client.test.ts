import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addressOf, api, apiFetch } from './client';
import { backoff, connection } from './connection';
import { newKey } from './idempotency';
import { loginState } from './login';

const answer = (status: number, body?: unknown, headers: Record<string, string> = {}) =>
  new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers },
  });
const problem = { code: 'approval.expired', what: 'Could not approve', why: 'it has expired', next: 'Ask again' };
const fetchMock = vi.fn<typeof fetch>();
const headersOf = (call: number) => new Headers(fetchMock.mock.calls[call]?.[1]?.headers);

beforeEach(() => {
  vi.stubGlobal('fetch', fetchMock);
  fetchMock.mockReset();
  loginState.set('in');
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('a problem document becomes an error with its members', async () => {
  fetchMock.mockResolvedValueOnce(answer(410, problem));
  await expect(api.post('/api/approvals/a/approve')).rejects.toMatchObject({ ...problem, status: 410 });
});

test('an answer that is no problem document still says what to do', async () => {
  fetchMock.mockResolvedValueOnce(new Response('<h1>teapot</h1>', { status: 418 }));
  await expect(api.get('/api/me')).rejects.toMatchObject({ code: 'http.418', status: 418 });
});

test('the time to wait is read from the header', async () => {
  fetchMock.mockResolvedValueOnce(answer(429, problem, { 'retry-after': '12' }));
  await expect(api.post('/api/auth/login', {}, { isLogin: true })).rejects.toMatchObject({ retryAfter: 12 });
});

test('only changes carry an idempotency key, a new one each', async () => {
  fetchMock.mockImplementation(async () => answer(200, {}));
  await api.get('/api/runs');
  await api.post('/api/runs/r/cancel');
  await api.post('/api/runs/r/cancel');
  expect(headersOf(0).get('idempotency-key')).toBeNull();
  expect(headersOf(1).get('idempotency-key')).toMatch(/^[0-9a-f-]{36}$/);
  expect(headersOf(1).get('idempotency-key')).not.toBe(headersOf(2).get('idempotency-key'));
});

test('no body is undefined', async () => {
  fetchMock.mockResolvedValueOnce(new Response(null, { status: 204 }));
  await expect(api.remove('/api/sessions/s')).resolves.toBeUndefined();
});

describe('a login that ended', () => {
  test('holds the request until the person is signed in again, then sends the same change', async () => {
    fetchMock.mockResolvedValueOnce(answer(401, problem)).mockResolvedValueOnce(answer(200, { ok: true }));
    const change = api.post('/api/sessions', { title: 'x' });
    await vi.waitFor(() => expect(loginState.get()).toBe('out'));
    expect(fetchMock).toHaveBeenCalledTimes(1);
    loginState.set('in');
    await expect(change).resolves.toEqual({ ok: true });
    expect(headersOf(1).get('idempotency-key')).toBe(headersOf(0).get('idempotency-key'));
  });

  test('does not hold the login itself', async () => {
    fetchMock.mockResolvedValueOnce(answer(401, problem));
    await expect(api.post('/api/auth/login', {}, { isLogin: true })).rejects.toMatchObject({ status: 401 });
    expect(loginState.get()).toBe('in');
  });

  test('gives up with the request', async () => {
    fetchMock.mockResolvedValueOnce(answer(401, problem));
    const stop = new AbortController();
    const asked = apiFetch('/api/runs', { signal: stop.signal });
    await vi.waitFor(() => expect(loginState.get()).toBe('out'));
    stop.abort();
    await expect(asked).rejects.toThrow();
  });
});

test('no answer at all is the problem network.unreachable, and the server is looked for until it answers', async () => {
  vi.useFakeTimers();
  fetchMock.mockRejectedValueOnce(new TypeError('Failed to fetch'));
  await expect(api.get('/api/runs')).rejects.toMatchObject({ code: 'network.unreachable', status: 0 });
  expect(connection.get()).toMatchObject({ phase: 'away', isRestart: false });
  fetchMock.mockRejectedValueOnce(new TypeError('Failed to fetch'));
  await vi.advanceTimersByTimeAsync(1_500);
  expect(connection.get().phase).toBe('away');
  fetchMock.mockResolvedValueOnce(answer(200, 'ok'));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(connection.get()).toEqual({ phase: 'ok', isBack: true });
});

test('waits grow, never beyond a quarter over 15 s, and are spread', () => {
  expect([0, 1, 2].map((attempt) => backoff(attempt, 0.5))).toEqual([1_000, 2_000, 4_000]);
  expect(backoff(50, 1)).toBe(18_750);
  expect(backoff(0, 0)).toBe(750);
});

test('a query leaves out what is not set', () => {
  expect(addressOf('/api/runs', { status: 'failed', q: '', cursor: null, limit: 50 })).toBe(
    '/api/runs?status=failed&limit=50',
  );
});

test('keys have the form of a UUID without crypto.randomUUID', () => {
  vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(255) });
  expect(newKey()).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
});
