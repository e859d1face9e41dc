import { reportAnswer, reportAway, reportSlow } from './connection';
import { newKey } from './idempotency';
import { loginState, signedIn } from './login';
import { ApiProblem, problemOf, unreachable } from './problem';

/** An answer later than this makes the page say that the server is slow. */
const SLOW_AFTER = 8_000;

export type Query = Record<string, string | number | boolean | null | undefined>;

export type RequestOptions = {
  query?: Query;
  signal?: AbortSignal | undefined;
  /** Give the same key to a repeat of the same change; each change has a new one otherwise. */
  idempotencyKey?: string;
  /** A failed login must not open the login. */
  isLogin?: boolean;
};

const isChange = (method: string) => method !== 'GET' && method !== 'HEAD';

/**
 * `fetch` for our own API: adds an Idempotency-Key to changes, notices a server that is away or slow, and on 401 opens
 * the login, waits, and sends the same request again. Answers that are no success are given back as they are.
 */
export async function apiFetch(
  input: RequestInfo | URL,
  init: RequestInit & { isLogin?: boolean } = {},
): Promise<Response> {
  const { isLogin = false, ...rest } = init;
  const method = (rest.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
  const headers = new Headers(rest.headers ?? (input instanceof Request ? input.headers : undefined));
  if (isChange(method) && !headers.has('idempotency-key')) headers.set('idempotency-key', newKey());
  const send = () => fetch(input instanceof Request ? input.clone() : input, { ...rest, headers });
  for (;;) {
    const slow = setTimeout(reportSlow, SLOW_AFTER);
    let response: Response;
    try {
      response = await send();
    } catch (error) {
      if (rest.signal?.aborted || (error instanceof DOMException && error.name === 'AbortError')) throw error;
      reportAway();
      throw unreachable();
    } finally {
      clearTimeout(slow);
    }
    if (response.status >= 502 && response.status <= 504 && !isProblemDocument(response)) reportAway();
    else reportAnswer();
    if (response.status !== 401 || isLogin) return response;
    loginState.set('out');
    await signedIn(rest.signal);
  }
}

const isProblemDocument = (response: Response) =>
  response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;

/** The address with its query; members that are null, undefined or '' are left out. */
export function addressOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function request<T>(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<T> {
  const response = await apiFetch(addressOf(path, options.query), {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: options.signal ?? null,
    isLogin: options.isLogin ?? false,
  });
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** The API by address. Failures are `ApiProblem`; name the answer's type: `api.get<RunView>(…)`. */
export const api = {
  get: <T>(path: string, options?: RequestOptions) => request<T>('GET', path, undefined, options),
  post: <T = void>(path: string, body?: unknown, options?: RequestOptions) =>
    request<T>('POST', path, body ?? {}, options),
  put: <T = void>(path: string, body: unknown, options?: RequestOptions) => request<T>('PUT', path, body, options),
  patch: <T = void>(path: string, body: unknown, options?: RequestOptions) => request<T>('PATCH', path, body, options),
  remove: <T = void>(path: string, options?: RequestOptions) => request<T>('DELETE', path, undefined, options),
};

export { ApiProblem };
