import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type MetricSeries, metricsQuery } from '@/api/queries/overview';
import { metricName, withUnit } from '@/ui/metric';
import { Select } from '@/ui/Select';
import { Skeleton } from '@/ui/Skeleton';
import { ErrorState } from '@/ui/states';
import { TimeChart } from '@/ui/TimeChart';

const SPANS = [
  { value: '60', label: 'Last hour' },
  { value: '360', label: 'Last 6 hours' },
  { value: '1440', label: 'Last day' },
  { value: '10080', label: 'Last week' },
];

/** Every sampled number of a target over time; the cursors of the charts move together. */
export function MetricCharts({ targetId }: { targetId: string }) {
  const [span, setSpan] = useState('60');
  const series = useQuery(metricsQuery({ target_id: targetId, minutes: Number(span), points: 240 }));
  // The state itself is said in words above; as a number it tells nobody anything.
  const drawn = (series.data ?? []).filter((each) => each.points.length > 0 && each.name !== 'health');
  return (
    <section aria-label="Over time" className="flex flex-col gap-3">
      <header className="flex items-center justify-between">
        <h2 className="text-sm font-semibold">Over time</h2>
        <Select size="sm" label="How far back" options={SPANS} value={span} onChange={setSpan} />
      </header>
      {series.isPending ? (
        <div className="grid grid-cols-2 gap-6 max-lg:grid-cols-1">
          <Skeleton className="h-40 w-full" />
          <Skeleton className="h-40 w-full" />
        </div>
      ) : series.error ? (
        <ErrorState problem={series.error} onRetry={() => void series.refetch()} />
      ) : drawn.length === 0 ? (
        <p className="py-6 text-sm text-ink-2">No samples yet: the first comes within a minute.</p>
      ) : (
        <div className="grid grid-cols-2 gap-x-8 gap-y-6 max-lg:grid-cols-1">
          {drawn.map((each) => (
            <Chart key={each.name} series={each} targetId={targetId} />
          ))}
        </div>
      )}
    </section>
  );
}

function Chart({ series, targetId }: { series: MetricSeries; targetId: string }) {
  const words = metricName(series.name);
  const name = words.charAt(0).toUpperCase() + words.slice(1);
  return (
    <TimeChart
      label={name}
      series={[{ name, unit: series.unit, points: series.points }]}
      height={140}
      format={(value) => withUnit(value, series.unit)}
      syncKey={targetId}
      min={0}
      {...(series.unit === 'percent' ? { max: 100 } : {})}
    />
  );
}
