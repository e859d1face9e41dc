import { ArrowDown, ArrowUp } from 'lucide-react';
import { useMemo, useState } from 'react';
import { cx } from '@/ui/cx';
import { CopyRows } from './CopyRows';
import { Frame } from './Frame';
import { isNumberUnit } from './format';
import type { BlockOf, Cell, Column } from './kinds';
import { nextOrder, numericColumns, type Order, ordered } from './order';
import { rowsNote } from './rowsNote';
import { pieces } from './Shown';
import { CellValue } from './TableCell';
import { VirtualRows } from './VirtualRows';
import { columnWidths } from './widths';

/** More rows than this are drawn only where they are in view. */
const MANY = 100;

/** Default export: a chunk of its own. */
export default function TableBlock({ block }: { block: BlockOf<'table'> }) {
  const { title, columns, rows, origin, total_rows: total } = block;
  const [order, setOrder] = useState<Order | null>(null);
  const numeric = useMemo(() => numericColumns(columns, rows), [columns, rows]);
  const sorted = useMemo(() => ordered(rows, order), [rows, order]);
  const isVirtual = rows.length > MANY;
  const widths = useMemo(() => (isVirtual ? columnWidths(columns, rows) : []), [isVirtual, columns, rows]);
  const name = title || 'Result';
  const head = (
    <thead className="sticky top-0 z-1 bg-sunken">
      <tr aria-rowindex={isVirtual ? 1 : undefined}>
        {columns.map((column, index) => (
          <Head
            key={index}
            column={column}
            isNumeric={numeric[index] ?? false}
            direction={order?.column !== index ? null : order.descending ? 'descending' : 'ascending'}
            onSort={() => setOrder(nextOrder(order, index, numeric[index] ?? false))}
          />
        ))}
      </tr>
    </thead>
  );
  const cells = (row: Cell[]) =>
    columns.map(({ unit }, index) => (
      <td
        key={index}
        className={cx(
          'border-line/70 border-t px-3 py-1.5 align-top',
          numeric[index] ? 'num text-right whitespace-nowrap' : !isVirtual && 'max-w-[44ch]',
        )}
      >
        <CellValue value={row[index]} unit={unit} />
      </td>
    ));

  return (
    <Frame
      title={title}
      origin={origin}
      note={rowsNote(rows.length, total)}
      actions={rows.length > 0 && <CopyRows title={name} columns={columns} rows={sorted} />}
    >
      {rows.length === 0 ? (
        <p className="text-sm text-ink-3">No rows.</p>
      ) : isVirtual ? (
        <VirtualRows label={name} head={head} rows={sorted} cells={cells} widths={widths} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
        <section aria-label={name} tabIndex={0} className="focus-inset max-h-[30rem] overflow-auto rounded-md border">
          <table className="w-full border-separate border-spacing-0 text-sm">
            {head}
            <tbody>
              {sorted.map((row, index) => (
                <tr key={index} className="hover:bg-hover">
                  {cells(row)}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Frame>
  );
}

type HeadProps = {
  column: Column;
  isNumeric: boolean;
  direction: 'ascending' | 'descending' | null;
  onSort: () => void;
};

function Head({ column, isNumeric, direction, onSort }: HeadProps) {
  const arrow =
    direction === 'descending' ? (
      <ArrowDown />
    ) : (
      <ArrowUp className={cx(!direction && 'opacity-0 group-hover:opacity-60')} />
    );
  return (
    <th
      scope="col"
      aria-sort={direction ?? 'none'}
      className={cx('p-0 font-medium', isNumeric || isNumberUnit(column.unit) ? 'text-right' : 'text-left')}
    >
      <button
        type="button"
        onClick={onSort}
        title={`Sort by ${column.name}`}
        className={cx(
          'group focus-inset inline-flex h-8 w-full items-center gap-1 px-3 text-xs whitespace-nowrap text-ink-2 hover:text-ink [&>svg]:size-3 [&>svg]:shrink-0',
          isNumeric && 'flex-row-reverse',
        )}
      >
        <bdi className="truncate">{pieces(column.name)}</bdi>
        {arrow}
      </button>
    </th>
  );
}
