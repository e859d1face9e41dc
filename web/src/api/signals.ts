/** A value that can be watched: `useSyncExternalStore(store.listen, store.get)`. */
export type Store<T> = { get: () => T; set: (value: T) => void; listen: (listener: () => void) => () => void };

export function makeStore<T>(first: T): Store<T> {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
