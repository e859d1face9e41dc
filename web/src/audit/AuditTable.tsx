import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useCallback, useEffect, useRef } from 'react';
import type { AuditEntry } from '@/api/schema';
import { pieces } from '@/blocks/Shown';
import { RiskBadge } from '@/calls/RiskBadge';
import { useMedia } from '@/shell/useMedia';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { formatDateTime } from '@/ui/format';
import { Spinner } from '@/ui/Spinner';
import { InlineError } from '@/ui/states';
import { ResultMark } from './ResultMark';
import type { AuditPages } from './useAuditPages';
import { actionTitle } from './words';

type AuditTableProps = {
  pages: AuditPages;
  selected: number | null;
  onOpen: (entry: AuditEntry, row: number) => void;
  /** Changes when the rows are others: the list goes back to its top. */
  look: string;
};

const GRID = 'grid grid-cols-[8.25rem_6rem_minmax(14rem,1fr)_11rem_6rem_6.5rem_5.5rem] items-center gap-x-3 px-4';
const COLUMNS = ['Time', 'Who', 'What', 'Tool', 'Target', 'Risk', 'Result'];

/** Any number of entries in rows of 32 px; two-line rows on a phone. Arrow keys or j/k move, Enter opens. */
export function AuditTable({ pages, selected, onOpen, look }: AuditTableProps) {
  const box = useRef<HTMLDivElement>(null);
  const isNarrow = useMedia('(max-width: 767.98px)');
  const height = isNarrow ? 60 : 32;
  const virtual = useVirtualizer({
    count: pages.count,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 16,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => pages.onView(first, last), [pages.onView, first, last]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are estimated anew when rows have another height
  useEffect(() => virtual.measure(), [height]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows begin at their top
  useEffect(() => {
    if (box.current) box.current.scrollTop = 0;
  }, [look]);

  const focusRow = (index: number) => {
    const at = Math.max(0, Math.min(pages.count - 1, index));
    virtual.scrollToIndex(at);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-row="${at}"]`)?.focus());
  };
  const press = (event: KeyboardEvent) => {
    const index = Number((event.target as HTMLElement).dataset?.row ?? Number.NaN);
    if (Number.isNaN(index) || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? height) / height) - 2);
    const moves: Record<string, number> = {
      ArrowDown: index + 1,
      j: index + 1,
      ArrowUp: index - 1,
      k: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: pages.count - 1,
    };
    const next = moves[event.key];
    const entry = pages.rowAt(index);
    if (next !== undefined) focusRow(next);
    else if ((event.key === 'Enter' || event.key === ' ') && entry) onOpen(entry, index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  // One function for all rows and all drawings, so that rows are not drawn again for it.
  const latest = useRef(onOpen);
  latest.current = onOpen;
  const open = useCallback((entry: AuditEntry, row: number) => latest.current(entry, row), []);
  const tabStop = Math.max(first, items.find((item) => pages.rowAt(item.index)?.number === selected)?.index ?? first);
  return (
    <div ref={box} className="relative min-h-0 flex-1 overflow-auto">
      {/* biome-ignore lint/a11y/useSemanticElements: rows are placed by the virtualizer, which a <table> does not allow */}
      <div
        role="grid"
        aria-label="Audit entries"
        aria-rowcount={pages.hasMore ? -1 : pages.count + 1}
        aria-busy={pages.isLoading}
        onKeyDown={press}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: the head row is read, not used */}
        <div
          role="row"
          className={cx(
            GRID,
            'sticky top-0 z-10 h-8 min-w-[58rem] border-b bg-canvas text-xs font-medium text-ink-3 max-md:sr-only',
          )}
        >
          {COLUMNS.map((name) => (
            // biome-ignore lint/a11y/useSemanticElements: as above
            // biome-ignore lint/a11y/useFocusableInteractive: as above
            <span key={name} role="columnheader">
              {name}
            </span>
          ))}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="rowgroup" className="relative md:min-w-[58rem]" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const entry = pages.rowAt(item.index);
            return (
              <Row
                key={item.key}
                entry={entry}
                index={item.index}
                start={item.start}
                height={item.size}
                isNarrow={isNarrow}
                isSelected={entry !== null && entry.number === selected}
                isTabStop={item.index === tabStop}
                onOpen={open}
              />
            );
          })}
        </div>
      </div>
      <End pages={pages} />
    </div>
  );
}

type RowProps = {
  entry: AuditEntry | null;
  index: number;
  start: number;
  height: number;
  isNarrow: boolean;
  isSelected: boolean;
  isTabStop: boolean;
  onOpen: (entry: AuditEntry, row: number) => void;
};

const ROW =
  'focus-inset absolute inset-x-0 border-b border-line/60 text-sm focus-visible:outline-2 focus-visible:outline-accent-text';

/** Drawn once and then left alone while the list scrolls by. */
const Row = memo(function Row({ entry, index, start, height, isNarrow, isSelected, isTabStop, onOpen }: RowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual grid
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of all rows
    <div
      role="row"
      data-row={index}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      tabIndex={isTabStop ? 0 : -1}
      onClick={() => entry && onOpen(entry, index)}
      style={{ height, transform: `translateY(${start}px)` }}
      className={`${ROW} ${isSelected ? 'bg-selected' : 'hover:bg-hover'}`}
    >
      {entry ? isNarrow ? <NarrowRow entry={entry} /> : <WideRow entry={entry} /> : <Blank />}
    </div>
  );
});

function WideRow({ entry }: { entry: AuditEntry }) {
  const { body } = entry;
  return (
    <div role="presentation" className={`${GRID} h-full`}>
      <Cell className="num text-xs text-ink-3">
        <time dateTime={entry.at} title={formatDateTime(entry.at)}>
          {rowTime(entry.at)}
        </time>
      </Cell>
      <Cell>
        {body ? (
          body.user_name ? (
            pieces(body.user_name)
          ) : (
            <span className="text-ink-3">Steersman</span>
          )
        ) : (
          <span className="text-ink-3">erased</span>
        )}
      </Cell>
      <Cell>
        <span className="font-medium">{actionTitle(entry.action)}</span>
        {body?.sentence && <bdi className="ml-2 text-ink-2">{pieces(body.sentence)}</bdi>}
      </Cell>
      <Cell className="font-mono text-xs text-ink-2">{body?.tool && pieces(body.tool)}</Cell>
      <Cell className="text-ink-2">{body?.target && pieces(body.target)}</Cell>
      <Cell>{entry.risk && <RiskBadge risk={entry.risk} />}</Cell>
      <Cell>
        <ResultMark result={entry.result} />
      </Cell>
    </div>
  );
}

function NarrowRow({ entry }: { entry: AuditEntry }) {
  const { body } = entry;
  const where = [body?.user_name, body?.target].filter(Boolean).join(' · ');
  return (
    <div role="presentation" className="flex h-full flex-col justify-center gap-0.5 px-4">
      <Cell className="flex items-center gap-2">
        <span className="truncate font-medium">{actionTitle(entry.action)}</span>
        {entry.risk && entry.risk !== 'low' && <RiskBadge risk={entry.risk} />}
        <ResultMark result={entry.result} className="ml-auto" />
      </Cell>
      <Cell className="flex items-center gap-2 text-xs text-ink-3">
        <span className="min-w-0 flex-1 truncate">
          {where && pieces(where)}
          {body?.sentence && (
            <>
              {' '}
              {where && '– '}
              {pieces(body.sentence)}
            </>
          )}
        </span>
        <time dateTime={entry.at} className="num shrink-0">
          {rowTime(entry.at)}
        </time>
      </Cell>
    </div>
  );
}

const Cell = ({ children, className }: { children?: React.ReactNode; className?: string }) => (
  // biome-ignore lint/a11y/useSemanticElements: as above
  // biome-ignore lint/a11y/useFocusableInteractive: rows take the focus, not cells
  <div role="gridcell" className={`min-w-0 truncate ${className ?? ''}`}>
    {children}
  </div>
);

/** A row whose page is on its way back. */
const Blank = () => (
  // biome-ignore lint/a11y/useSemanticElements: as above
  // biome-ignore lint/a11y/useFocusableInteractive: as above
  <div role="gridcell" aria-label="Loading" className="flex h-full items-center gap-3 px-4">
    <span className="h-3 w-24 rounded bg-selected" />
    <span className="h-3 w-80 max-w-[50%] rounded bg-selected" />
  </div>
);

const time = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const rowTime = (at: string) => time.format(new Date(at));

function End({ pages }: { pages: AuditPages }) {
  if (pages.problem) {
    return (
      <p className="flex items-center gap-3 px-4 py-3">
        <InlineError problem={pages.problem} />
        <Button size="sm" onClick={pages.retry}>
          Try again
        </Button>
      </p>
    );
  }
  if (pages.isPaused) {
    return (
      <p className="flex items-center gap-3 px-4 py-3 text-sm text-ink-2">
        Nothing more was found so far; older entries are not searched yet.
        <Button size="sm" onClick={pages.searchOn}>
          Search further back
        </Button>
      </p>
    );
  }
  return (
    <p role="status" className="flex h-10 items-center gap-2 px-4 text-xs text-ink-3">
      {pages.hasMore ? (
        <>
          <Spinner className="size-3" /> Looking for older entries…
        </>
      ) : (
        'The beginning of the log.'
      )}
    </p>
  );
}
