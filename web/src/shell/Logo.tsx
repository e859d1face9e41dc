import { cx } from '@/ui/cx';

/** A ship's wheel. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={cx('size-6 shrink-0', className)}>
      <rect width="24" height="24" rx="6" className="fill-accent" />
      <g fill="none" stroke="white" strokeWidth="1.6" strokeLinecap="round">
        <circle cx="12" cy="12" r="5" />
        <circle cx="12" cy="12" r="1" />
        <path d="M12 4v4M12 16v4M4 12h4M16 12h4M6.4 6.4l2.1 2.1M15.5 15.5l2.1 2.1M6.4 17.6l2.1-2.1M15.5 8.5l2.1-2.1" />
      </g>
    </svg>
  );
}
