import { makeStore } from './signals';

/** `away`: no answer; the next try is at `retryAt` (milliseconds). `slow`: an answer is late. */
export type Connection =
  | { phase: 'ok'; isBack: boolean }
  | { phase: 'slow' }
  | { phase: 'away'; isRestart: boolean; since: number; retryAt: number | null };

export const connection = makeStore<Connection>({ phase: 'ok', isBack: false });

const PROBE = '/healthz';
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15_000;

let attempts = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const onBack = new Set<() => void>();

/** Called each time the server answers again after it was away. */
export function whenBack(listener: () => void): () => void {
  onBack.add(listener);
  return () => onBack.delete(listener);
}

export function backoff(attempt: number, random = Math.random()): number {
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);
  return Math.round(wait * (0.75 + random / 2));
}

/** Some request got no answer: begins to look for the server. */
export function reportAway(isRestart = false): void {
  const now = connection.get();
  if (now.phase === 'away') return;
  attempts = 0;
  schedule(Date.now(), isRestart);
}

export function reportAnswer(): void {
  const now = connection.get();
  if (now.phase === 'slow') connection.set({ phase: 'ok', isBack: false });
  if (now.phase === 'away') back();
}

export function reportSlow(): void {
  if (connection.get().phase === 'ok') connection.set({ phase: 'slow' });
}

function schedule(since: number, isRestart: boolean): void {
  clearTimeout(timer);
  const wait = backoff(attempts);
  attempts += 1;
  connection.set({ phase: 'away', isRestart, since, retryAt: Date.now() + wait });
  timer = setTimeout(probe, wait);
}

/** Looks at once whether the server answers. */
export async function probe(): Promise<void> {
  clearTimeout(timer);
  const now = connection.get();
  if (now.phase !== 'away') return;
  connection.set({ ...now, retryAt: null });
  try {
    const response = await fetch(PROBE, { cache: 'no-store', signal: AbortSignal.timeout(5_000) });
    if (response.ok) return back();
  } catch {
    // Still away.
  }
  if (connection.get().phase === 'away') schedule(now.since, now.isRestart);
}

function back(): void {
  clearTimeout(timer);
  attempts = 0;
  connection.set({ phase: 'ok', isBack: true });
  timer = setTimeout(() => connection.get().phase === 'ok' && connection.set({ phase: 'ok', isBack: false }), 3_000);
  for (const listener of [...onBack]) listener();
}

if (typeof window !== 'undefined') {
  window.addEventListener('online', () => void probe());
  window.addEventListener('offline', () => reportAway());
}
