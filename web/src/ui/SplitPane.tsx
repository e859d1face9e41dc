import type { ReactNode } from 'react';
import { cx } from './cx';
import { ResizeHandle, useStoredWidth } from './resize';

type SplitPaneProps = {
  /** Remembers the width under this name. */
  name: string;
  /** The narrower pane: a list at the left, or details at the right. */
  side: ReactNode;
  /** What the side pane is, for screen readers. */
  sideLabel: string;
  sideAt?: 'left' | 'right';
  width?: number;
  min?: number;
  max?: number;
  children: ReactNode;
  /** Under 768 px only one of the two is shown. */
  narrow?: 'side' | 'main';
};

/** Two panes with a movable line between them. */
export function SplitPane(props: SplitPaneProps) {
  const {
    name,
    side,
    sideLabel,
    sideAt = 'left',
    width = 320,
    min = 220,
    max = 640,
    children,
    narrow = 'main',
  } = props;
  const [stored, setWidth] = useStoredWidth(`pane.${name}`, width, { min, max });
  const pane = (
    <aside
      aria-label={sideLabel}
      style={{ '--pane': `${stored}px` } as Record<string, string>}
      className={cx(
        'relative flex min-h-0 w-full shrink-0 flex-col md:w-(--pane)',
        sideAt === 'left' ? 'md:border-r' : 'md:border-l',
        narrow === 'main' && 'max-md:hidden',
      )}
    >
      {side}
      <ResizeHandle
        label={`Width of ${sideLabel}`}
        width={stored}
        onResize={setWidth}
        edge={sideAt === 'left' ? 'right' : 'left'}
      />
    </aside>
  );
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      {sideAt === 'left' && pane}
      <div className={cx('flex min-h-0 min-w-0 flex-1 flex-col', narrow === 'side' && 'max-md:hidden')}>{children}</div>
      {sideAt === 'right' && pane}
    </div>
  );
}
