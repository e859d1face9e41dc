import { lazy, Suspense } from 'react';
import { Skeleton } from './Skeleton';

export type ChartSeries = { name: string; unit?: string; points: [number, number | null][] };

export type TimeChartProps = {
  /** What it shows; also the accessible name. */
  label: string;
  /** Points are `[milliseconds, value]`, oldest first; null is a gap. Up to 6 series. */
  series: ChartSeries[];
  height?: number;
  /** Values in the readout and on the axis. */
  format?: (value: number) => string;
  /** Charts with the same key move their cursors together. */
  syncKey?: string;
  /** Bottom and top of the scale; found from the values otherwise. */
  min?: number;
  max?: number;
};

const Plot = lazy(() => import('./Plot'));

/** Lines over time. The chart library is fetched when the first chart is shown. */
export function TimeChart(props: TimeChartProps) {
  const height = props.height ?? 160;
  return (
    <Suspense
      fallback={
        <div style={{ height }} className="flex items-end">
          <Skeleton className="h-24 w-full" />
        </div>
      }
    >
      <Plot {...props} height={height} />
    </Suspense>
  );
}
