import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx';

/** A table that scrolls in its own box, with a head that stays. */
export function Table({ className, children, label, ...rest }: ComponentProps<'table'> & { label: string }) {
  return (
    <div className="relative min-h-0 overflow-auto">
      <table aria-label={label} className={cx('w-full border-separate border-spacing-0 text-sm', className)} {...rest}>
        {children}
      </table>
    </div>
  );
}

type ThProps = ComponentProps<'th'> & {
  isNumber?: boolean;
  sort?: 'ascending' | 'descending' | 'none';
  onSort?: () => void;
};

export function Th({ isNumber, sort, onSort, className, children, ...rest }: ThProps) {
  return (
    <th
      scope="col"
      aria-sort={sort}
      className={cx(
        'sticky top-0 z-10 h-8 border-b bg-canvas px-3 text-left text-xs font-medium whitespace-nowrap text-ink-3 first:pl-4 last:pr-4',
        isNumber && 'text-right',
        className,
      )}
      {...rest}
    >
      {onSort ? (
        <button type="button" onClick={onSort} className="inline-flex items-center gap-1 rounded hover:text-ink">
          {children}
          <span aria-hidden="true" className={sort === 'none' || !sort ? 'opacity-0' : undefined}>
            {sort === 'ascending' ? '↑' : '↓'}
          </span>
        </button>
      ) : (
        children
      )}
    </th>
  );
}

export function Tr({ isSelected, className, ...rest }: ComponentProps<'tr'> & { isSelected?: boolean }) {
  return (
    <tr
      aria-selected={isSelected}
      className={cx('group', rest.onClick && 'hover:bg-hover', isSelected && 'bg-selected', className)}
      {...rest}
    />
  );
}

export function Td({ isNumber, className, ...rest }: ComponentProps<'td'> & { isNumber?: boolean }) {
  return (
    <td
      className={cx('h-9 border-b border-line/70 px-3 first:pl-4 last:pr-4', isNumber && 'num text-right', className)}
      {...rest}
    />
  );
}

/** Names and values, one a line. A value that is null is left out. */
export function DescriptionList({ items, className }: { items: [ReactNode, ReactNode][]; className?: string }) {
  return (
    <dl className={cx('grid grid-cols-[minmax(5rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm', className)}>
      {items.map(([name, value], index) =>
        value === null || value === undefined ? null : (
          <div key={index} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
