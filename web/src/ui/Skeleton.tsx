import { cx } from './cx';

/** A grey bar of the size of what will come. Appears after 150 ms. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span className="late block" aria-hidden="true">
      <span className={cx('block h-3.5 animate-pulse rounded bg-selected', className)} />
    </span>
  );
}

/** Rows of a list that is loading. */
export function SkeletonRows({ rows = 6, label = 'Loading' }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="flex h-9 items-center gap-4 border-b border-line/60 px-4">
          <Skeleton className="w-16" />
          <Skeleton className={['w-56', 'w-72', 'w-44'][index % 3]} />
          <span className="flex-1" />
          <Skeleton className="w-20" />
        </div>
      ))}
    </div>
  );
}
