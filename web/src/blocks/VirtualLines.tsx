import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';
import { cx } from '@/ui/cx';

type VirtualLinesProps = {
  label: string;
  count: number;
  line: (index: number) => ReactNode;
  isWrapped: boolean;
  /** Keeps the last line in view while lines are added. */
  isFollowing?: boolean;
  className?: string;
};

const LINE = 20;

/** Any number of lines in a box that scrolls by itself. Few lines make it as high as they are. */
export function VirtualLines({ label, count, line, isWrapped, isFollowing = false, className }: VirtualLinesProps) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => LINE,
    overscan: 20,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: heights are measured anew when lines break otherwise
  useEffect(() => virtual.measure(), [isWrapped]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only new lines move the view
  useEffect(() => {
    if (isFollowing && count > 0) virtual.scrollToIndex(count - 1, { align: 'end' });
  }, [isFollowing, count]);

  return (
    <section
      ref={box}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
      tabIndex={0}
      className={cx(
        'focus-inset max-h-96 overflow-auto overscroll-contain rounded-md border bg-sunken py-1.5 font-mono text-xs leading-5',
        className,
      )}
    >
      <div className={cx('relative', !isWrapped && 'w-max min-w-full')} style={{ height: virtual.getTotalSize() }}>
        <div
          className={cx(!isWrapped && 'w-max min-w-full')}
          style={{ transform: `translateY(${virtual.getVirtualItems()[0]?.start ?? 0}px)` }}
        >
          {virtual.getVirtualItems().map(({ index, key }) => (
            <div
              key={key}
              data-index={index}
              ref={virtual.measureElement}
              className={cx('min-h-5 px-3', isWrapped ? 'break-words whitespace-pre-wrap' : 'whitespace-pre')}
            >
              {line(index)}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
