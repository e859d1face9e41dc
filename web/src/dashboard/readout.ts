import type { MetricSeries } from '@/api/queries/overview';
import { metricName, withUnit } from '@/ui/metric';

/** What says most about a target in one small line, the best first. */
const BEST = ['cpu', 'connections', 'latency'];

export type Readout = {
  /** In people's words: "CPU". */
  name: string;
  values: number[];
  /** The newest value with its unit. */
  last: string;
};

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
