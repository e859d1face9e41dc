import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';
import type { Cell } from './kinds';

type VirtualRowsProps = {
  label: string;
  head: ReactNode;
  rows: Cell[][];
  cells: (row: Cell[]) => ReactNode;
  /** Of each column, in letters. */
  widths: number[];
};

/** A table of any number of rows: a real one, in which only the rows in view stand. */
export function VirtualRows({ label, head, rows, cells, widths }: VirtualRowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => 33,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <section
      ref={box}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
      tabIndex={0}
      className="focus-inset h-[30rem] max-h-[70vh] overflow-auto overscroll-contain rounded-md border"
    >
      <table
        aria-rowcount={rows.length + 1}
        className="table-fixed border-separate border-spacing-0 text-sm"
        style={{ width: `max(100%, ${widths.reduce((sum, width) => sum + width, 0)}ch)` }}
      >
        <colgroup>
          {widths.map((width, index) => (
            <col key={index} style={{ width: `${width}ch` }} />
          ))}
        </colgroup>
        {head}
        <tbody>
          <Space height={above} columns={widths.length} />
          {items.map(({ index, key }) => (
            <tr
              key={key}
              data-index={index}
              ref={virtual.measureElement}
              aria-rowindex={index + 2}
              className="hover:bg-hover"
            >
              {cells(rows[index] ?? [])}
            </tr>
          ))}
          <Space height={below} columns={widths.length} />
        </tbody>
      </table>
    </section>
  );
}

/** Stands for the rows out of view. */
function Space({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
    <tr aria-hidden="true">
      <td colSpan={columns} style={{ height }} className="p-0" />
    </tr>
  );
}
