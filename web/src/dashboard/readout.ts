import type { MetricSeries } from '@/api/queries/overview';
import { formatBytes, formatDuration, formatNumber } from '@/ui/format';

/** What says most about a target in one small line, the best first. */
const BEST = ['cpu', 'connections', 'latency'];

export type Readout = {
  /** In people's words: "CPU". */
  name: string;
  values: number[];
  /** The newest value with its unit. */
  last: string;
};

/** The name of a series in people's words. */
export const metricName = (name: string): string => (name === 'cpu' ? 'CPU' : name.replaceAll('_', ' '));

/** The one series to show beside a target; nothing when no sample is there. */
export function readoutOf(series: MetricSeries[]): Readout | null {
  const known = series.filter((each) => each.points.length > 0);
  const matching = BEST.flatMap((word) => known.filter((each) => each.name.startsWith(word)));
  const chosen = matching[0] ?? known[0];
  const last = chosen?.points.at(-1);
  if (!chosen || !last) return null;
  return {
    name: metricName(chosen.name),
    values: chosen.points.map(([, value]) => value),
    last: withUnit(last[1], chosen.unit),
  };
}

/** A number as its unit wants it: `percent`, `bytes`, `ms`, `count`. */
export function withUnit(value: number, unit: string): string {
  switch (unit) {
    case 'percent':
      return `${formatNumber(Math.round(value))} %`;
    case 'bytes':
      return formatBytes(value);
    case 'ms':
      return formatDuration(value);
    default:
      return formatNumber(Math.round(value * 100) / 100);
  }
}
