import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import type { Ref } from 'react';
import {
  memo,
  type ReactNode,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { plural } from '@/ui/format';
import { Spinner } from '@/ui/Spinner';
import { estimatedHeight, type Row } from './rows';

/** Nearer to the end than this counts as being there. */
const NEAR = 80;
/** Older messages are fetched when the person is this near to the first one. */
const AHEAD = 1600;
/** After a click in the list its end is let go for so long: what was opened stays where it is. */
const HOLD_MS = 500;
/** Parts of a message that are fetched when it is first shown come within this; the end is kept in view until then. */
const OPENING_MS = 2000;
const BY_HAND = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

export interface ListHandle {
  toEnd: () => void;
  toRow: (key: string) => void;
}

interface MessageListProps {
  rows: Row[];
  draw: (row: Row) => ReactNode;
  hasOlder: boolean;
  older: 'idle' | 'loading' | 'failed';
  onOlder: () => void;
  isCompact?: boolean;
  handle?: Ref<ListHandle>;
}

/** The conversation: only what is in view is drawn, the end stays in view while the person is there. */
export function MessageList({ rows, draw, hasOlder, older, onOlder, isCompact = false, handle }: MessageListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [isHeld, setHeld] = useState(false);
  const [isAtEnd, setAtEnd] = useState(true);
  const seen = useRef<string | undefined>(undefined);
  const latest = useRef(rows);
  latest.current = rows;

  // New only when the keys are: the list compares the rows of before and now by the function that names them.
  const keys = useSame(rows.map(({ key }) => key));
  const getItemKey = useCallback((index: number) => keys[index] ?? index, [keys]);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimatedHeight(latest.current[index]),
    getItemKey,
    overscan: 4,
    paddingStart: 24,
    paddingEnd: 16,
    anchorTo: isHeld ? 'start' : 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR,
    directDomUpdates: true,
    initialOffset: () => rows.reduce((sum, row) => sum + estimatedHeight(row), 0),
    onChange: (instance) => {
      const isNowAtEnd = instance.isAtEnd(NEAR);
      setAtEnd(isNowAtEnd);
      if (isNowAtEnd) seen.current = latest.current.at(-1)?.key;
      if ((instance.scrollOffset ?? 0) < AHEAD && instance.scrollDirection !== 'forward') reachedTop.current();
    },
  });

  const reachedTop = useRef(() => {});
  reachedTop.current = () => {
    if (hasOlder && older === 'idle' && hasSettled.current) onOlder();
  };

  // The first rows are shown from their end, before anything is painted.
  const hasSettled = useRef(false);
  const isEmpty = rows.length === 0;
  useLayoutEffect(() => {
    if (isEmpty) return;
    list.scrollToEnd();
    const settle = requestAnimationFrame(() => {
      hasSettled.current = true;
      // A page that does not fill the screen has nothing to scroll: the next one is fetched at once.
      const box = scroller.current;
      if (box && box.scrollHeight <= box.clientHeight + AHEAD) reachedTop.current();
    });
    return () => cancelAnimationFrame(settle);
  }, [isEmpty, list]);

  // What comes late makes the last message grow by more than the list follows by itself. The person ends this at once.
  const stopOpening = useRef(() => {});
  useLayoutEffect(() => {
    const box = scroller.current;
    if (isEmpty || !box?.firstElementChild) return;
    const growth = new ResizeObserver(() => list.scrollToEnd());
    const stop = () => {
      growth.disconnect();
      clearTimeout(timer);
      for (const name of BY_HAND) box.removeEventListener(name, stop);
    };
    const timer = setTimeout(stop, OPENING_MS);
    growth.observe(box.firstElementChild);
    for (const name of BY_HAND) box.addEventListener(name, stop, { passive: true });
    stopOpening.current = stop;
    return stop;
  }, [isEmpty, list]);

  useEffect(() => {
    if (!isHeld) return;
    const timer = setTimeout(() => setHeld(false), HOLD_MS);
    return () => clearTimeout(timer);
  }, [isHeld]);

  useImperativeHandle(handle, () => ({
    toEnd: () => list.scrollToEnd(),
    toRow: (key) => {
      stopOpening.current();
      const index = latest.current.findIndex((row) => row.key === key);
      if (index >= 0) list.scrollToIndex(index, { align: 'auto' });
    },
  }));

  const unseen = isAtEnd ? 0 : rows.length - 1 - rows.findIndex((row) => row.key === seen.current);
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {older !== 'idle' && (
        <div className="pointer-events-none absolute inset-x-0 top-2 z-10 flex justify-center">
          {older === 'loading' ? (
            <span className="late inline-flex items-center gap-2 rounded-full bg-raised px-3 py-1 text-xs text-ink-2 shadow-float">
              <Spinner className="size-3" /> Loading older messages
            </span>
          ) : (
            <Button size="sm" className="pointer-events-auto shadow-float" onClick={onOlder}>
              Could not load older messages. Try again
            </Button>
          )}
        </div>
      )}
      <div
        ref={scroller}
        role="log"
        aria-label="Conversation"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
        tabIndex={0}
        className="focus-inset min-h-0 flex-1 overflow-y-auto overscroll-contain [overflow-anchor:none]"
        onPointerDownCapture={() => setHeld(true)}
        onKeyDownCapture={(event) =>
          (event.key === 'Enter' || event.key === ' ') && event.target !== event.currentTarget && setHeld(true)
        }
      >
        <div ref={list.containerRef} className="relative w-full">
          {list.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return (
              row && (
                <div
                  key={item.key}
                  data-index={item.index}
                  ref={list.measureElement}
                  className="absolute top-0 left-0 w-full"
                >
                  <div className={cx('mx-auto w-full', isCompact ? 'px-3' : 'max-w-[784px] px-4')}>
                    <Drawn row={row} draw={draw} />
                  </div>
                </div>
              )
            );
          })}
        </div>
      </div>
      {!isAtEnd && !isEmpty && (
        <div className="pointer-events-none absolute inset-x-0 bottom-2 z-10 flex justify-center">
          <Button
            size="sm"
            icon={<ArrowDown />}
            className="pointer-events-auto rounded-full shadow-float"
            onClick={() => list.scrollToEnd()}
          >
            {unseen > 0 && seen.current !== undefined ? plural(unseen, 'new message') : 'Latest'}
          </Button>
        </div>
      )}
    </div>
  );
}

const Drawn = memo(
  function Drawn({ row, draw }: { row: Row; draw: (row: Row) => ReactNode }) {
    return draw(row);
  },
  (before, now) => before.draw === now.draw && isSameRow(before.row, now.row),
);

/** The list of before as long as it holds the same. */
function useSame(keys: string[]): string[] {
  const kept = useRef(keys);
  const isSame = kept.current.length === keys.length && kept.current.every((key, at) => key === keys[at]);
  if (!isSame) kept.current = keys;
  return kept.current;
}

/** Rows are made anew with each change; what they hold is not. */
function isSameRow(one: Row, other: Row): boolean {
  if (one.kind === 'outgoing') return other.kind === 'outgoing' && one.outgoing === other.outgoing;
  return other.kind === 'message' && one.message === other.message && one.isLast === other.isLast;
}
