import { useEffect, useState } from 'react';

/** Timers cannot wait longer. */
const LONGEST = 2_000_000_000;

/** Whether a moment has passed; tells once when it does, without ticking until then. */
export function useExpired(at: string): boolean {
  const [isExpired, setExpired] = useState(() => Date.parse(at) <= Date.now());
  useEffect(() => {
    const left = Date.parse(at) - Date.now();
    setExpired(left <= 0);
    if (left <= 0) return;
    const timer = setTimeout(() => setExpired(Date.parse(at) <= Date.now() + 50), Math.min(left, LONGEST));
    return () => clearTimeout(timer);
  }, [at]);
  return isExpired;
}
