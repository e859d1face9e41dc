import 'uplot/dist/uPlot.min.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import { formatClock, formatDay, formatDayTime, formatNumber } from './format';
import type { TimeChartProps } from './TimeChart';
import { useResolvedTheme } from './useResolvedTheme';

const COLOURS = ['--accent-text', '--success', '--warning', '--info', '--danger', '--ink-3'];

const colourOf = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Every series on one time axis: uPlot wants columns. */
function columnsOf(series: TimeChartProps['series']): uPlot.AlignedData {
  const tables = series.map(
    ({ points }): uPlot.AlignedData => [points.map(([at]) => at / 1000), points.map(([, value]) => value)],
  );
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}

/** Seconds only where lines are that close, and the day where it begins. */
function timesOf(_: uPlot, times: number[], __: number, ___: number, step: number): string[] {
  return times.map((time, index) => {
    const before = times[index - 1];
    const day = formatDay(time * 1000);
    const isNewDay = before === undefined || formatDay(before * 1000) !== day;
    if (step >= 86_400) return day;
    const clock = step < 60 ? formatClock(time * 1000) : formatClock(time * 1000).slice(0, 5);
    return isNewDay ? `${clock}\n${day}` : clock;
  });
}

export default function Plot({
  label,
  series,
  height = 160,
  format = formatNumber,
  syncKey,
  min,
  max,
}: TimeChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useResolvedTheme();
  const [cursor, setCursor] = useState<number | null>(null);
  const data = useMemo(() => columnsOf(series), [series]);
  const names = series.map((each) => each.name).join('\n');
  const latest = useRef({ data, format });
  latest.current = { data, format };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is read through CSS variables, data is set below
  useEffect(() => {
    const host = box.current;
    if (!host) return;
    const axis = {
      stroke: colourOf('--ink-3'),
      grid: { stroke: colourOf('--line'), width: 1 },
      ticks: { show: false },
      font: '11px "Inter Variable", sans-serif',
    };
    const chart = new uPlot(
      {
        width: host.clientWidth || 300,
        height,
        padding: [8, 4, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 6 }, ...(syncKey ? { sync: { key: syncKey } } : {}) },
        scales: {
          y: {
            range: (_, low, high) => [min ?? Math.min(0, low ?? 0), max ?? (high ? high * 1.1 : (min ?? 0) + 1)],
          },
        },
        axes: [
          // Two lines: the time, and under it the day where it changes.
          { ...axis, grid: { show: false }, size: 40, gap: 4, space: 70, values: timesOf },
          {
            ...axis,
            size: 52,
            splits: undefined,
            values: (_, values) => values.map((value) => latest.current.format(value)),
          },
        ],
        series: [
          {},
          ...names.split('\n').map((name, index) => ({
            label: name,
            stroke: colourOf(COLOURS[index % COLOURS.length] ?? '--ink'),
            width: 1.5,
            points: { show: false },
            spanGaps: false,
          })),
        ],
        hooks: { setCursor: [(self) => setCursor(self.cursor.idx ?? null)] },
      } as uPlot.Options,
      latest.current.data,
      host,
    );
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: host.clientWidth, height }));
    observer.observe(host);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [names, theme, height, syncKey, min, max]);

  useEffect(() => plot.current?.setData(data), [data]);

  const shown = cursor ?? (data[0].length > 0 ? data[0].length - 1 : null);
  const time = shown === null ? undefined : data[0][shown];
  const isLong = data[0].length > 1 && Number(data[0].at(-1)) - Number(data[0][0]) > 86_400;
  return (
    <figure className="min-w-0" aria-label={label}>
      <figcaption className="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-0.5 text-xs text-ink-2">
        <span className="font-medium text-ink">{label}</span>
        <span className="ml-auto flex flex-wrap items-center gap-x-3">
          {series.map((each, index) => {
            const value = shown === null ? null : data[index + 1]?.[shown];
            return (
              <span key={each.name} className="inline-flex items-center gap-1.5">
                <span
                  aria-hidden="true"
                  className="h-0.5 w-3 rounded"
                  style={{ background: `var(${COLOURS[index % COLOURS.length]})` }}
                />
                {series.length > 1 && each.name}
                <span className="num text-ink">{value === null || value === undefined ? '–' : format(value)}</span>
              </span>
            );
          })}
          {time !== undefined && (
            <span className="num text-ink-3">{isLong ? formatDayTime(time * 1000) : formatClock(time * 1000)}</span>
          )}
        </span>
      </figcaption>
      <div ref={box} className="w-full" style={{ height }} />
    </figure>
  );
}
