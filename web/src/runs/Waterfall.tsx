import './waterfall.css';
import { MessageSquareText, ScanSearch, Wrench } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { shortName } from '@/calls/words';
import { useNow } from '@/ui/clock';
import { cx } from '@/ui/cx';
import { formatDuration } from '@/ui/format';
import type { Phase, Step } from './steps';
import { type Axis, axisOf, type Bar, barsOf, ticksOf } from './waterfall';
import { PHASES, StepStatusMark } from './words';

type WaterfallProps = {
  steps: Step[];
  /** When the run began and, once it has, ended: milliseconds. */
  from: number;
  to: number | null;
  selected: string | null;
  onSelect: (id: string) => void;
  isSqueezed: boolean;
};

/** Running is filled, waiting is an outline with stripes, verifying is filled with another colour. */
const BARS: Record<Phase, string> = {
  thinking: 'bg-ink-3/70',
  planning: 'bg-info',
  waiting: 'stripes border border-warning-text/60',
  running: 'bg-accent',
  verifying: 'bg-success',
};

const PHASE_ORDER: Phase[] = ['thinking', 'planning', 'waiting', 'running', 'verifying'];

/** One row for each question to the model and each call. Arrow keys or j/k move, the row in focus is the selected one. */
export function Waterfall({ steps, from, to, selected, onSelect, isSqueezed }: WaterfallProps) {
  const isLive = to === null;
  const ticking = useNow(isLive ? 500 : 3_600_000);
  const now = to ?? ticking;
  const axis = axisOf(steps, from, now, now, isSqueezed);
  const list = useRef<HTMLDivElement>(null);
  const at = Math.max(
    0,
    steps.findIndex((step) => step.id === selected),
  );

  // The selected row is brought into view when it changes by something else than the arrow keys.
  useEffect(() => {
    const row = selected && list.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(selected)}"]`);
    if (row) row.scrollIntoView({ block: 'nearest' });
  }, [selected]);

  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      j: at + 1,
      ArrowUp: at - 1,
      k: at - 1,
      Home: 0,
      End: steps.length - 1,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const step = steps[Math.min(Math.max(next, 0), steps.length - 1)];
    if (!step) return;
    onSelect(step.id);
    list.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(step.id)}"]`)?.focus();
  };

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <Ruler axis={axis} />
      <div
        ref={list}
        role="listbox"
        aria-label="Steps of the run"
        onKeyDown={press}
        className="min-h-0 flex-1 overflow-y-auto py-1"
      >
        {steps.map((step, index) => (
          <Row
            key={step.id}
            step={step}
            axis={axis}
            now={now}
            isSelected={step.id === selected}
            isTabStop={index === at}
            onSelect={() => onSelect(step.id)}
          />
        ))}
      </div>
      <Legend steps={steps} isSqueezed={axis.isSqueezed} />
    </div>
  );
}

const COLUMNS =
  'grid grid-cols-[minmax(9rem,15rem)_minmax(0,1fr)_4.5rem] items-center gap-3 px-4 max-md:grid-cols-[minmax(0,1fr)_4.5rem]';

function Ruler({ axis }: { axis: Axis }) {
  return (
    <div aria-hidden="true" className={cx(COLUMNS, 'h-7 shrink-0 border-b text-2xs text-ink-3 max-md:hidden')}>
      <span className="font-medium">Step</span>
      <div className="relative h-full overflow-hidden">
        {ticksOf(axis, 0.2).map(({ place, ms }) => (
          <span
            key={ms}
            className="num absolute inset-y-0 flex items-center border-l pl-1 whitespace-nowrap"
            style={{ left: `${place * 100}%` }}
          >
            {ms === 0 ? '0' : formatDuration(ms)}
          </span>
        ))}
      </div>
      <span className="text-right font-medium">Time</span>
    </div>
  );
}

type RowProps = { step: Step; axis: Axis; now: number; isSelected: boolean; isTabStop: boolean; onSelect: () => void };

function Row({ step, axis, now, isSelected, isTabStop, onSelect }: RowProps) {
  const bars = barsOf(step, axis, now);
  const ms = Math.max(0, (step.to ?? now) - step.from);
  // An answered turn's own mark says already what it is.
  const Icon =
    step.state === 'answered' ? null : step.kind === 'model' ? MessageSquareText : isQuery(step) ? ScanSearch : Wrench;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys of all rows
    <div
      role="option"
      data-step={step.id}
      aria-selected={isSelected}
      tabIndex={isTabStop ? 0 : -1}
      onClick={onSelect}
      className={cx(
        COLUMNS,
        'focus-inset h-9 border-l-2 border-transparent text-sm max-md:h-auto max-md:gap-y-1 max-md:py-2 coarse:min-h-11',
        isSelected ? 'border-accent-text bg-selected' : 'hover:bg-hover',
      )}
    >
      <span className="flex min-w-0 items-center gap-2">
        <StepStatusMark state={step.state} isWordHidden />
        {Icon && <Icon aria-hidden="true" className="size-3.5 shrink-0 text-ink-3" />}
        <span className={cx('truncate', step.kind === 'model' && 'text-ink-2')}>{titleOf(step)}</span>
        {step.target && <span className="truncate text-xs text-ink-3">{step.target}</span>}
      </span>
      <span className="num text-right text-xs text-ink-3 md:order-last">{formatDuration(ms)}</span>
      <Track axis={axis} bars={bars} />
    </div>
  );
}

/** A turn of the model and a call in the words of a row. */
export const titleOf = (step: Step) =>
  step.kind === 'model' ? `Turn ${step.turn} · ${step.name}` : shortName(step.name).replaceAll('_', ' ');

const isQuery = (step: Step) =>
  step.records.some(({ event }) => event.type === 'proposed' && event.tool_kind === 'query');

function Track({ axis, bars }: { axis: Axis; bars: Bar[] }) {
  const sentence = bars.map((bar) => `${PHASES[bar.phase].word} ${formatDuration(bar.ms)}`).join(', ');
  return (
    <span className="relative block h-4 max-md:col-span-2">
      <span className="sr-only">{sentence}</span>
      {axis.pieces.map(
        (piece) =>
          piece.idle && (
            <span
              key={piece.from}
              aria-hidden="true"
              className="absolute inset-y-0 bg-sunken md:-inset-y-2.5"
              style={{ left: `${piece.start * 100}%`, width: `${(piece.end - piece.start) * 100}%` }}
            />
          ),
      )}
      {bars.map((bar, index) => (
        <span
          key={index}
          aria-hidden="true"
          title={`${PHASES[bar.phase].word}: ${formatDuration(bar.ms)}${bar.isOpen ? ' so far' : ''}`}
          className={cx(
            'absolute inset-y-0.5 min-w-[3px] rounded-[3px]',
            BARS[bar.phase],
            bar.isOpen && bar.phase !== 'waiting' && 'animate-pulse',
          )}
          style={{ left: `min(${bar.start * 100}%, calc(100% - 3px))`, width: `${bar.width * 100}%` }}
        />
      ))}
    </span>
  );
}

function Legend({ steps, isSqueezed }: { steps: Step[]; isSqueezed: boolean }) {
  const seen = new Set(steps.flatMap((step) => step.stretches.map(({ phase }) => phase)));
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-t px-4 py-2 text-xs text-ink-3">
      {PHASE_ORDER.filter((phase) => seen.has(phase)).map((phase) => (
        <span key={phase} className="inline-flex items-center gap-1.5">
          <span aria-hidden="true" className={cx('h-2.5 w-4 rounded-[3px]', BARS[phase])} />
          {PHASES[phase].word}
        </span>
      ))}
      {isSqueezed && <span className="ml-auto">Long waits are drawn shorter than they were</span>}
    </div>
  );
}
