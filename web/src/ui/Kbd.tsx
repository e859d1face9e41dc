import { Fragment } from 'react';
import { cx } from './cx';
import { keyCaps } from './keys';

/** Keys as small caps: `keys="mod+shift+k"` or a chord `"g d"`. */
export function Kbd({ keys, className }: { keys: string; className?: string }) {
  return (
    <span className={cx('inline-flex items-center gap-0.5 whitespace-nowrap', className)}>
      {keyCaps(keys).map((cap, index) => (
        <Fragment key={index}>
          <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line-strong/70 bg-canvas px-1 font-sans text-2xs text-ink-3">
            {cap}
          </kbd>
        </Fragment>
      ))}
    </span>
  );
}
