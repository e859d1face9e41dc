import { makeStore } from './signals';

/** `unknown` until the first answer; `out` shows the login, over the page when there was one. */
export type LoginState = 'unknown' | 'in' | 'out';

export const loginState = makeStore<LoginState>('unknown');

/** Resolves once the person is signed in again; rejects when the request is given up. */
export function signedIn(signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    if (loginState.get() === 'in') return resolve();
    const stop = loginState.listen(() => {
      if (loginState.get() !== 'in') return;
      stop();
      resolve();
    });
    signal?.addEventListener('abort', () => {
      stop();
      reject(signal.reason);
    });
  });
}
