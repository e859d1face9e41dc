import { useState } from 'react';
import type { DayCounts } from '@/api/queries/audit';
import { cx } from '@/ui/cx';
import { formatDay, formatNumber, plural } from '@/ui/format';
import { barsOfDays, type DayBar, roundTop } from './days';
import { type AuditResult, RESULT_LOOKS, RESULT_ORDER } from './words';

const FILLS: Record<AuditResult, string> = {
  success: 'fill-success',
  intended: 'fill-ink-3/50',
  rejected: 'fill-warning',
  unknown: 'fill-info',
  failure: 'fill-danger',
};
const GROUNDS: Record<AuditResult, string> = {
  success: 'bg-success',
  intended: 'bg-ink-3/50',
  rejected: 'bg-warning',
  unknown: 'bg-info',
  failure: 'bg-danger',
};

type DayChartProps = {
  days: DayCounts[];
  /** A bar was chosen: days of the span, and a result where a key in the legend was. */
  onChoose: (from: string, to: string) => void;
  onResult: (result: AuditResult) => void;
};

const HEIGHT = 160;

/** Entries a day, by result. Each bar is a button: arrow keys go from bar to bar, Enter shows its entries. */
export function DayChart({ days, onChoose, onResult }: DayChartProps) {
  const bars = barsOfDays(days);
  const [at, setAt] = useState<number | null>(null);
  const top = roundTop(Math.max(0, ...bars.map((bar) => bar.total)));
  const shown = at === null ? null : bars[at];
  const totals = new Map(
    RESULT_ORDER.map((result) => [result, days.reduce((sum, day) => sum + (day[result] ?? 0), 0)]),
  );
  const move = (event: React.KeyboardEvent<HTMLElement>, index: number) => {
    const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: bars.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.currentTarget.parentElement
      ?.querySelectorAll('button')
      [Math.min(Math.max(next, 0), bars.length - 1)]?.focus();
  };
  const tabStop = at ?? bars.length - 1;
  return (
    <figure aria-label="Entries by day" className="min-w-0">
      <figcaption className="flex min-h-6 flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-2">
        <span className="num font-medium text-ink">
          {shown ? `${spanOf(shown)}: ${plural(shown.total, 'entry', 'entries')}` : 'Entries by day'}
        </span>
        <span className="ml-auto flex flex-wrap gap-x-1">
          {RESULT_ORDER.map((result) => {
            const count = shown
              ? (shown.parts.find((part) => part.result === result)?.count ?? 0)
              : (totals.get(result) ?? 0);
            return (
              <button
                key={result}
                type="button"
                title={`Show entries with the result ${result}`}
                onClick={() => onResult(result)}
                className="inline-flex min-h-6 items-center gap-1.5 rounded px-1.5 hover:bg-hover"
              >
                <span aria-hidden="true" className={cx('size-2 rounded-[2px]', GROUNDS[result])} />
                {RESULT_LOOKS[result].word}
                <span className="num text-ink">{formatNumber(count)}</span>
              </button>
            );
          })}
        </span>
      </figcaption>
      <div className="mt-2 flex gap-2">
        <div
          aria-hidden="true"
          className="num -my-2 flex flex-col justify-between text-right text-2xs text-ink-3"
          style={{ height: HEIGHT + 16 }}
        >
          <span>{formatNumber(top)}</span>
          <span>{formatNumber(top / 2)}</span>
          <span>0</span>
        </div>
        <div
          className="relative flex min-w-0 flex-1 items-end border-b"
          style={{ height: HEIGHT }}
          onPointerLeave={() => setAt(null)}
        >
          <span aria-hidden="true" className="absolute inset-x-0 top-1/2 border-t border-line/60" />
          <span aria-hidden="true" className="absolute inset-x-0 top-0 border-t border-line/60" />
          {bars.map((bar, index) => (
            <button
              key={bar.day}
              type="button"
              tabIndex={index === tabStop ? 0 : -1}
              aria-label={`${spanOf(bar)}: ${plural(bar.total, 'entry', 'entries')}${bar.parts.map((part) => `, ${formatNumber(part.count)} ${part.result}`).join('')}`}
              onClick={() => onChoose(bar.day, bar.last)}
              onPointerEnter={() => setAt(index)}
              onFocus={() => setAt(index)}
              onBlur={() => setAt(null)}
              onKeyDown={(event) => move(event, index)}
              className="focus-inset relative h-full min-w-0 flex-1 hover:bg-hover"
            >
              <Bar bar={bar} top={top} />
            </button>
          ))}
        </div>
      </div>
      <div aria-hidden="true" className="num mt-1 flex justify-between pl-8 text-2xs text-ink-3">
        {[bars[0], bars[Math.floor(bars.length / 2)], bars.at(-1)].map(
          (bar, index) => bar && <span key={index}>{dayName(bar.day)}</span>,
        )}
      </div>
    </figure>
  );
}

function Bar({ bar, top }: { bar: DayBar; top: number }) {
  let y = 100;
  return (
    <svg aria-hidden="true" viewBox="0 0 100 100" preserveAspectRatio="none" className="absolute inset-0 size-full">
      {bar.parts.map(({ result, count }) => {
        // A single entry among thousands is still to be seen.
        const height = Math.max((count / top) * 100, 0.8);
        y -= height;
        return <rect key={result} x="14" width="72" y={y} height={height} className={FILLS[result]} />;
      })}
    </svg>
  );
}

// Days are those of UTC, as the server counts them.
const dayName = (day: string) => formatDay(new Date(`${day}T12:00:00`));
const spanOf = (bar: DayBar) =>
  bar.day === bar.last ? dayName(bar.day) : `${dayName(bar.day)} – ${dayName(bar.last)}`;
