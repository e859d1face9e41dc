import { ChevronRight } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { cx } from '@/ui/cx';
import { isKeptOpen, keepOpen } from './openness';
import { StateIcon } from './StateMark';
import { stateOf } from './state';
import { ToolName } from './ToolName';
import { tally } from './tally';
import type { Call } from './wire';

/** One tool on several targets: how many did it, then a card for each. */
export default function CallGroup({ calls, children }: { calls: [Call, ...Call[]]; children: ReactNode }) {
  const [first] = calls;
  const key = `group ${first.execution.id}`;
  const [isOpen, setOpen] = useState(() => isKeptOpen(key) ?? true);
  const id = useId();
  const toggle = () => {
    keepOpen(key, !isOpen);
    setOpen(!isOpen);
  };
  // The one that a person has to look at, else one that goes on, else any.
  const worst =
    calls.find((call) => ['failed', 'unknown', 'denied', 'waiting'].includes(stateOf(call))) ??
    calls.find((call) => stateOf(call) !== 'done') ??
    first;
  return (
    <section
      aria-label={`${first.execution.tool} on ${calls.length} targets`}
      data-group={calls.length}
      className="my-2 min-w-0 rounded-lg border bg-sunken"
    >
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={toggle}
        className="focus-inset flex min-h-9 w-full min-w-0 flex-wrap items-center gap-x-2 px-3 py-1.5 text-left text-sm hover:bg-hover coarse:min-h-11"
      >
        <StateIcon state={stateOf(worst)} />
        <ToolName tool={first.execution.tool} className="shrink-0" />
        <span aria-live="polite" className="num min-w-0 flex-1 text-xs text-ink-2">
          {tally(calls)}
        </span>
        <ChevronRight
          aria-hidden="true"
          className={cx('size-4 shrink-0 text-ink-3 transition-transform duration-100', isOpen && 'rotate-90')}
        />
      </button>
      {isOpen && (
        <div id={id} className="min-w-0 border-t px-2 pb-1">
          {children}
        </div>
      )}
    </section>
  );
}
