import type { ReactNode } from 'react';
import type { Origin as OriginOf } from './kinds';
import { Origin } from './Origin';
import { Shown } from './Shown';
import './blocks.css';

type FrameProps = {
  title?: string | null | undefined;
  origin: OriginOf;
  /** Counts and the like, beside the title. */
  note?: ReactNode;
  /** Small buttons at the right. */
  actions?: ReactNode;
  children: ReactNode;
};

/** Title, origin and actions of a block, in one quiet line above it. */
export function Frame({ title, origin, note, actions, children }: FrameProps) {
  const hasLine = Boolean(title || note || actions || origin.from !== 'steersman');
  return (
    <div className="min-w-0">
      {hasLine && (
        <div className="flex min-h-6 flex-wrap items-center gap-x-2 gap-y-1 pb-1">
          {title && (
            <span className="min-w-0 truncate text-xs font-medium text-ink-2" title={title}>
              <Shown text={title} />
            </span>
          )}
          {note && <span className="num shrink-0 text-2xs text-ink-3">{note}</span>}
          <span className="ml-auto flex min-w-0 items-center gap-2">
            <Origin origin={origin} />
            {actions}
          </span>
        </div>
      )}
      {children}
    </div>
  );
}
