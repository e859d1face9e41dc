import { useSyncExternalStore } from 'react';
import { reportAway, whenBack } from '@/api/connection';
import { makeStore } from '@/api/signals';

// After an upgrade the server gives out a page with other script names. Comparing them needs nothing of the server.
const isStale = makeStore(false);
const LOOK_AGAIN_AFTER = 10 * 60_000;
const ENTRY = /<script[^>]+type="module"[^>]+src="([^"]+)"/;
let lookedAt = Date.now();

const entryOf = (html: string): string | undefined => ENTRY.exec(html)?.[1];

/** Whether `html`, the page as the server gives it now, starts another script than `own`. */
export function isOtherVersion(own: string | undefined, html: string): boolean {
  const theirs = entryOf(html);
  return own !== undefined && theirs !== undefined && own !== theirs;
}

export async function lookForNewVersion(): Promise<void> {
  if (import.meta.env.DEV || isStale.get()) return;
  lookedAt = Date.now();
  try {
    const response = await fetch('/', { cache: 'no-store' });
    if (response.ok && isOtherVersion(entryOf(document.head.innerHTML), await response.text())) isStale.set(true);
  } catch {
    // Looked at again when it is back.
    reportAway();
  }
}

export function useIsStale(): boolean {
  return useSyncExternalStore(isStale.listen, isStale.get);
}

/** Set on an error of a part of the page that could not be fetched. */
export const MISSING_PART = 'A part of this page could not be loaded';

/** Looks when the server comes back, when a part is missing, and now and then. Returns what ends that. */
export function startStaleWatch(): () => void {
  const onMissing = (event: Event & { payload?: Error }) => {
    // The router would reload the page by itself on the browser's own words; a person's page is never reloaded for them.
    if (event.payload) event.payload.message = `${MISSING_PART}: ${event.payload.message}`;
    void lookForNewVersion();
  };
  const onVisible = () => {
    if (document.visibilityState === 'visible' && Date.now() - lookedAt > LOOK_AGAIN_AFTER) void lookForNewVersion();
  };
  window.addEventListener('vite:preloadError', onMissing);
  document.addEventListener('visibilitychange', onVisible);
  const stop = whenBack(() => void lookForNewVersion());
  return () => {
    window.removeEventListener('vite:preloadError', onMissing);
    document.removeEventListener('visibilitychange', onVisible);
    stop();
  };
}
