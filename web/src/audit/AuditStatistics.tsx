import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { auditStatsQuery, type Counted } from '@/api/queries/audit';
import { pieces } from '@/blocks/Shown';
import { formatNumber, plural } from '@/ui/format';
import { PageBody } from '@/ui/PageHeader';
import { Skeleton } from '@/ui/Skeleton';
import { EmptyState, ErrorState } from '@/ui/states';
import { DayChart } from './DayChart';
import type { AuditFilter, FilterKey } from './filter';
import { actionTitle } from './words';

export const RANGES = [
  { days: 7, label: '7 days' },
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: 'a year' },
] as const;

type AuditStatisticsProps = { days: number; onDays: (days: number) => void; onFilter: (filter: AuditFilter) => void };

const DAY_MS = 86_400_000;

/** How much happened, when, by whom and with what result. Everything that is counted can be clicked to see it. */
export function AuditStatistics({ days, onDays, onFilter }: AuditStatisticsProps) {
  // The span begins and ends with a day, so that the answer can be kept.
  const [from, to] = useMemo(() => {
    const end = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
    return [new Date(end - days * DAY_MS).toISOString(), new Date(end).toISOString()];
  }, [days]);
  const { data, error, isPending, refetch } = useQuery(auditStatsQuery(from, to));
  const within = { from: `${days}d` };
  return (
    <PageBody>
      <div className="mx-auto flex max-w-5xl flex-col gap-8 p-4 md:p-6">
        <fieldset className="flex flex-wrap items-center gap-1 text-sm whitespace-nowrap">
          <legend className="sr-only">The last</legend>
          <span aria-hidden="true" className="mr-1 text-ink-3 max-sm:hidden">
            The last
          </span>
          {RANGES.map((range) => (
            <button
              key={range.days}
              type="button"
              aria-pressed={range.days === days}
              onClick={() => onDays(range.days)}
              className="h-7 rounded-md px-2 text-ink-2 hover:bg-hover aria-pressed:bg-selected aria-pressed:font-medium aria-pressed:text-ink coarse:h-11"
            >
              {range.label}
            </button>
          ))}
          {data && <span className="num ml-auto text-ink-3">{plural(data.entries, 'entry', 'entries')}</span>}
        </fieldset>
        {error ? (
          <ErrorState problem={error} onRetry={() => void refetch()} />
        ) : isPending ? (
          <div role="status" aria-label="Counting" className="flex flex-col gap-4">
            <Skeleton className="h-40 w-full" />
            <Skeleton className="w-64" />
            <Skeleton className="w-52" />
          </div>
        ) : data.entries === 0 ? (
          <EmptyState title="Nothing was recorded in this time." />
        ) : (
          <>
            <DayChart
              days={data.days}
              onChoose={(first, last) => onFilter({ from: `${first}T00:00:00Z`, to: `${dayAfter(last)}T00:00:00Z` })}
              onResult={(result) => onFilter({ result, ...within })}
            />
            <div className="grid gap-x-10 gap-y-8 md:grid-cols-2">
              <Counts
                title="By action"
                name="action"
                rows={data.by_action}
                words={actionTitle}
                onChoose={(action) => onFilter({ action, ...within })}
              />
              <Counts
                title="By tool"
                name="tool"
                rows={data.by_tool}
                isCode
                onChoose={(tool) => onFilter({ tool, ...within })}
              />
              <Counts
                title="By person"
                name="actor"
                rows={data.by_user}
                onChoose={(actor) => onFilter({ actor, ...within })}
              />
              <div className="flex flex-col gap-8">
                <Counts
                  title="By risk"
                  name="risk"
                  rows={counted(data.by_risk, ['low', 'medium', 'high', 'critical'])}
                  onChoose={(risk) => onFilter({ risk, ...within })}
                />
                <Counts
                  title="By result"
                  name="result"
                  rows={counted(data.by_result)}
                  onChoose={(result) => onFilter({ result, ...within })}
                />
              </div>
            </div>
          </>
        )}
      </div>
    </PageBody>
  );
}

const dayAfter = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

function counted(record: Record<string, number>, order?: string[]): Counted[] {
  const rows = Object.entries(record).map(([name, entries]) => ({ name, entries }));
  return order
    ? rows.sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name))
    : rows.sort((one, other) => other.entries - one.entries);
}

type CountsProps = {
  title: string;
  name: FilterKey;
  rows: Counted[];
  isCode?: boolean;
  words?: (name: string) => string;
  onChoose: (name: string) => void;
};

const SHOWN = 8;

function Counts({ title, name, rows, isCode, words = (text) => text, onChoose }: CountsProps) {
  const named = rows.filter((row) => row.name !== '');
  const most = Math.max(1, ...named.map((row) => row.entries));
  if (named.length === 0) return null;
  return (
    <section className="min-w-0">
      <h2 className="mb-1 text-xs font-medium text-ink-2">{title}</h2>
      <ul className="-mx-2">
        {named.slice(0, SHOWN).map((row) => (
          <li key={row.name}>
            <button
              type="button"
              title={`Show entries with ${name}:${row.name}`}
              onClick={() => onChoose(row.name)}
              className="grid min-h-7 w-full grid-cols-[minmax(0,1fr)_6rem_3.5rem] items-center gap-3 rounded px-2 text-left text-sm hover:bg-hover coarse:min-h-11"
            >
              <span className={isCode ? 'truncate font-mono text-xs' : 'truncate'}>{pieces(words(row.name))}</span>
              <span aria-hidden="true" className="h-1.5 rounded bg-sunken">
                <span
                  className="block h-full rounded bg-accent/70"
                  style={{ width: `${Math.max(2, (row.entries / most) * 100)}%` }}
                />
              </span>
              <span className="num text-right text-xs text-ink-2">{formatNumber(row.entries)}</span>
            </button>
          </li>
        ))}
      </ul>
      {named.length > SHOWN && <p className="mt-1 text-xs text-ink-3">and {named.length - SHOWN} more</p>}
    </section>
  );
}
