import { useCallback, useSyncExternalStore } from 'react';

// Small choices that this browser remembers. Every name begins with `steersman.`; a browser that refuses storage
// keeps them for as long as the page is open.
const PREFIX = 'steersman.';
const memory = new Map<string, string>();
const listeners = new Map<string, Set<() => void>>();

function rawOf(key: string): string | null {
  try {
    return globalThis.localStorage?.getItem(PREFIX + key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

/** What is stored under `key`, or `otherwise` when nothing is, or nothing readable. */
export function readStored<T>(key: string, otherwise: T): T {
  const raw = rawOf(key);
  if (raw === null) return otherwise;
  try {
    return JSON.parse(raw) as T;
  } catch {
    return otherwise;
  }
}

/** `undefined` forgets it. */
export function writeStored<T>(key: string, value: T | undefined): void {
  const raw = value === undefined ? null : JSON.stringify(value);
  if (raw === null) memory.delete(key);
  else memory.set(key, raw);
  try {
    if (raw === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, raw);
  } catch {
    // Full or refused: `memory` has it.
  }
  for (const listener of listeners.get(key) ?? []) listener();
}

function listen(key: string, listener: () => void): () => void {
  const set = listeners.get(key) ?? new Set();
  listeners.set(key, set.add(listener));
  const onStorage = (event: StorageEvent) => event.key === PREFIX + key && listener();
  globalThis.addEventListener?.('storage', onStorage);
  return () => {
    set.delete(listener);
    globalThis.removeEventListener?.('storage', onStorage);
  };
}

/** Like useState, remembered by this browser and the same in all its tabs. */
export function useStored<T>(key: string, otherwise: T): [T, (value: T) => void] {
  const raw = useSyncExternalStore(
    useCallback((listener: () => void) => listen(key, listener), [key]),
    () => rawOf(key),
  );
  let value = otherwise;
  if (raw !== null) {
    try {
      value = JSON.parse(raw) as T;
    } catch {
      value = otherwise;
    }
  }
  return [value, useCallback((next: T) => writeStored(key, next), [key])];
}
