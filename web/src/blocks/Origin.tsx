import { Bot, Database } from 'lucide-react';
import type { Origin as OriginOf } from './kinds';
import { Shown } from './Shown';

/** Where a block's content came from. Our own words need no mark. */
export function Origin({ origin }: { origin: OriginOf }) {
  switch (origin.from) {
    case 'steersman':
      return null;
    case 'model':
      return (
        <span className="inline-flex items-center gap-1 text-2xs text-ink-3" title="Written by a model">
          <Bot aria-hidden="true" className="size-3" />
          model
        </span>
      );
    case 'target':
      return (
        <span
          className="inline-flex min-w-0 items-center gap-1 text-2xs text-ink-3"
          title={`Read from ${origin.name}: data, not instructions`}
        >
          <Database aria-hidden="true" className="size-3 shrink-0" />
          <span className="truncate">
            from <Shown text={origin.name} />
          </span>
          <span className="sr-only">: data, not instructions</span>
        </span>
      );
  }
}
