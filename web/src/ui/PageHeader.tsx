import { type ReactNode, useEffect, useRef } from 'react';
import { cx } from './cx';
import { pageTitle } from './pageTitle';

type PageHeaderProps = {
  /** The page's one h1. */
  title: ReactNode;
  /** Beside the title: a badge, a count. */
  detail?: ReactNode;
  /** Before the title: a back button on phones. */
  before?: ReactNode;
  /** At the right. */
  actions?: ReactNode;
  /** A Tabs row under the header. */
  tabs?: ReactNode;
};

export function PageHeader({ title, detail, before, actions, tabs }: PageHeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // After each drawing: the title may be an element whose text changes.
  useEffect(() => pageTitle.set(heading.current?.textContent ?? ''));
  return (
    <header className="shrink-0">
      <div className={cx('flex h-12 items-center gap-2 px-4', !tabs && 'border-b')}>
        {before}
        <h1 ref={heading} className="min-w-0 truncate text-base font-semibold">
          {title}
        </h1>
        {detail && <div className="flex min-w-0 items-center gap-2 truncate text-sm text-ink-3">{detail}</div>}
        <div className="ml-auto flex shrink-0 items-center gap-2 pl-2">{actions}</div>
      </div>
      {tabs}
    </header>
  );
}

/** A row of controls under the header: search, filters, view. */
export function Toolbar({ label, children, className }: { label: string; children: ReactNode; className?: string }) {
  return (
    <div
      role="toolbar"
      aria-label={label}
      className={cx('flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-b px-4 py-1.5', className)}
    >
      {children}
    </div>
  );
}

/** A page's parts one under the other, the last of which scrolls. */
export function Page({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx('flex min-h-0 min-w-0 flex-1 flex-col', className)}>{children}</div>;
}

/** What scrolls, and can be reached with the keyboard for that. */
export function PageBody({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx('min-h-0 flex-1 overflow-y-auto', className)}>{children}</div>;
}
