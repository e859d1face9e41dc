import { useCallback, useSyncExternalStore } from 'react';

// One timer for each pace, however many times are on the page; none while nothing shows a time.
type Ticker = { listeners: Set<() => void>; timer: ReturnType<typeof setInterval> | undefined; now: number };
const tickers = new Map<number, Ticker>();

function tickerOf(pace: number): Ticker {
  let ticker = tickers.get(pace);
  if (!ticker) {
    ticker = { listeners: new Set(), timer: undefined, now: Date.now() };
    tickers.set(pace, ticker);
  }
  return ticker;
}

/** The time now in milliseconds, anew every `pace` milliseconds. */
export function useNow(pace = 15_000): number {
  const listen = useCallback(
    (listener: () => void) => {
      const ticker = tickerOf(pace);
      ticker.listeners.add(listener);
      ticker.now = Date.now();
      ticker.timer ??= setInterval(() => {
        ticker.now = Date.now();
        for (const each of ticker.listeners) each();
      }, pace);
      return () => {
        ticker.listeners.delete(listener);
        if (ticker.listeners.size > 0) return;
        clearInterval(ticker.timer);
        ticker.timer = undefined;
      };
    },
    [pace],
  );
  return useSyncExternalStore(listen, () => tickerOf(pace).now);
}
