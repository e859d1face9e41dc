import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { cx } from './cx';

export type VirtualColumn<R> = {
  id: string;
  header: ReactNode;
  /** A CSS grid track: `10rem`, `minmax(8rem,1fr)`. */
  width: string;
  cell: (row: R) => ReactNode;
  isNumber?: boolean;
};

type VirtualTableProps<R> = {
  label: string;
  rows: readonly R[];
  columns: VirtualColumn<R>[];
  rowKey: (row: R) => string;
  /** Enter or a click on a row. */
  onOpen?: (row: R) => void;
  selectedKey?: string | null | undefined;
  /** Pixels a row. 36; audit uses 32. */
  rowHeight?: number;
  /** Called when the end comes near: load the next page. */
  onEndReached?: () => void;
  /** Under the last row: "Loading more", or what the list's end means. */
  footer?: ReactNode;
  className?: string;
};

/** Any number of rows. Arrow keys or j/k move between rows, Enter opens one, Home and End jump. */
export function VirtualTable<R>(props: VirtualTableProps<R>) {
  const { label, rows, columns, rowKey, onOpen, selectedKey, rowHeight = 36, onEndReached, footer, className } = props;
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => rowKey(rows[index] as R),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const isNearEnd = rows.length > 0 && last >= rows.length - 8;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again only when the rows or the nearness change
  useEffect(() => {
    if (isNearEnd) onEndReached?.();
  }, [isNearEnd, rows.length]);

  const focusRow = (index: number) => {
    const at = Math.max(0, Math.min(rows.length - 1, index));
    virtual.scrollToIndex(at);
    requestAnimationFrame(() => {
      box.current?.querySelector<HTMLElement>(`[data-index="${at}"]`)?.focus();
    });
  };
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const index = Number((event.target as HTMLElement).dataset?.index);
    if (Number.isNaN(index) || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[index];
    if (event.key === 'ArrowDown' || event.key === 'j') focusRow(index + 1);
    else if (event.key === 'ArrowUp' || event.key === 'k') focusRow(index - 1);
    else if (event.key === 'Home') focusRow(0);
    else if (event.key === 'End') focusRow(rows.length - 1);
    else if ((event.key === 'Enter' || event.key === ' ') && row !== undefined) onOpen?.(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const grid = { gridTemplateColumns: columns.map((column) => column.width).join(' ') };
  const selected = rows.findIndex((row) => rowKey(row) === selectedKey);
  const tabStop = selected >= 0 ? selected : (items[0]?.index ?? 0);

  return (
    <div ref={box} className={cx('relative min-h-0 flex-1 overflow-auto', className)}>
      {/* biome-ignore lint/a11y/useSemanticElements: rows are placed by the virtualizer, which a <table> does not allow */}
      <div role="table" aria-label={label} aria-rowcount={rows.length + 1} onKeyDown={press}>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: the head row is read, not used */}
        <div
          role="row"
          style={grid}
          className="sticky top-0 z-10 grid h-8 min-w-fit items-center border-b bg-canvas px-4 text-xs font-medium text-ink-3"
        >
          {columns.map((column) => (
            // biome-ignore lint/a11y/useSemanticElements: as above
            // biome-ignore lint/a11y/useFocusableInteractive: as above
            <div key={column.id} role="columnheader" className={cx('truncate pr-3', column.isNumber && 'text-right')}>
              {column.header}
            </div>
          ))}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="rowgroup" className="relative min-w-fit" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index] as R;
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useKeyWithClickEvents: the table hears the keys of all rows
              <div
                key={item.key}
                role="row"
                data-index={item.index}
                aria-rowindex={item.index + 2}
                aria-selected={selectedKey === undefined ? undefined : item.index === selected}
                tabIndex={item.index === tabStop ? 0 : -1}
                onClick={onOpen && (() => onOpen(row))}
                style={{ ...grid, height: item.size, transform: `translateY(${item.start}px)` }}
                className={cx(
                  'focus-inset absolute inset-x-0 grid items-center border-b border-line/70 px-4 text-sm focus-visible:outline-2 focus-visible:outline-accent-text',
                  onOpen && 'hover:bg-hover',
                  item.index === selected && 'bg-selected hover:bg-selected',
                )}
              >
                {columns.map((column) => (
                  // biome-ignore lint/a11y/useSemanticElements: as above
                  <div
                    key={column.id}
                    role="cell"
                    className={cx('min-w-0 truncate pr-3', column.isNumber && 'num text-right')}
                  >
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {footer}
    </div>
  );
}
