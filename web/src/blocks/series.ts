// Numbers over time.

import { cellText } from './format';
import type { BlockOf } from './kinds';

type Series = BlockOf<'series'>['series'];

/** Points drawn at most in one line; a screen has no more columns. */
const MOST_POINTS = 2_000;

/** The same lines with at most so many points: of each stretch the lowest and the highest stay, so that no peak is lost. */
export function thinned(series: Series): Series {
  return series.map((one) => {
    const { points } = one;
    if (points.length <= MOST_POINTS) return one;
    const stretch = Math.ceil(points.length / (MOST_POINTS / 2));
    const kept: typeof points = [];
    for (let from = 0; from < points.length; from += stretch) {
      const part = points.slice(from, from + stretch);
      const low = part.reduce((a, b) => (b[1] < a[1] ? b : a));
      const high = part.reduce((a, b) => (b[1] > a[1] ? b : a));
      kept.push(...(low === high ? [low] : low[0] < high[0] ? [low, high] : [high, low]));
    }
    return { ...one, points: kept };
  });
}

/** Shares of a whole are drawn on the whole scale. */
export const bounds = (unit: string): { min?: number; max?: number } =>
  unit === 'percent' ? { min: 0, max: 100 } : {};

/** For those who cannot see lines: last, lowest and highest of each. */
export function seriesInWords(series: Series, unit: string): string {
  return series
    .map(({ name, points }) => {
      const values = points.map(([, value]) => value);
      const least = values.reduce((a, b) => Math.min(a, b));
      const most = values.reduce((a, b) => Math.max(a, b));
      return `${name}: last ${cellText(values.at(-1), unit)}, lowest ${cellText(least, unit)}, highest ${cellText(most, unit)}`;
    })
    .join('. ');
}
