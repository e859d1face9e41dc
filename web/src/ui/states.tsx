import { Inbox, Lock, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './Button';
import { cx } from './cx';

type StateProps = {
  icon: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  className?: string | undefined;
};

function State({ icon, title, children, action, className }: StateProps) {
  return (
    <div className={cx('flex flex-col items-center justify-center gap-1 px-6 py-16 text-center', className)}>
      <span aria-hidden="true" className="mb-2 text-ink-3 [&>svg]:size-6 [&>svg]:stroke-[1.5]">
        {icon}
      </span>
      <p className="text-sm font-medium text-ink">{title}</p>
      {children && <div className="max-w-md text-sm text-ink-2">{children}</div>}
      {action && <div className="mt-3 flex gap-2">{action}</div>}
    </div>
  );
}

type EmptyStateProps = {
  icon?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
};

/** Nothing here: one sentence and, where there is one, the thing to do. */
export function EmptyState({ icon = <Inbox />, ...rest }: EmptyStateProps) {
  return <State icon={icon} {...rest} />;
}

/** Nothing matches the filters. */
export function FilteredEmpty({
  onClear,
  title = 'Nothing matches these filters.',
}: {
  onClear: () => void;
  title?: string;
}) {
  return <EmptyState title={title} action={<Button onClick={onClear}>Clear filters</Button>} />;
}

/** The members that a problem document has for people; ApiProblem fits. */
export type ProblemText = { what: string; why?: string; next?: string; code?: string };

function textOf(error: unknown): ProblemText {
  if (error && typeof error === 'object' && 'what' in error) return error as ProblemText;
  return { what: 'Something went wrong on this page', why: error instanceof Error ? error.message : String(error) };
}

/** What was being done, why it stopped, what to do next, and a way to try again. Takes any error. */
export function ErrorState({
  problem,
  onRetry,
  className,
}: {
  problem: unknown;
  onRetry?: () => void;
  className?: string;
}) {
  const { what, why, next, code } = textOf(problem);
  return (
    <div role="alert" className={className}>
      <State icon={<TriangleAlert />} title={what} action={onRetry && <Button onClick={onRetry}>Try again</Button>}>
        {why && <p className="break-words">{sentence(why)}</p>}
        {next && <p className="break-words">{sentence(next)}</p>}
        {code && <p className="mt-1 font-mono text-xs text-ink-3">{code}</p>}
      </State>
    </div>
  );
}

/** The same in one line, for next to the button that was pressed. */
export function InlineError({ problem, className }: { problem: unknown; className?: string }) {
  if (!problem) return null;
  const { what, why, next } = textOf(problem);
  return (
    <p role="alert" className={cx('text-sm break-words text-danger-text', className)}>
      {[what, why].filter(Boolean).join(': ')}
      {next && <span className="text-ink-2">. {sentence(next)}</span>}
    </p>
  );
}

/** The person's role does not let them see this. */
export function NoPermission({ what = 'this page', permission }: { what?: string; permission?: string }) {
  return (
    <State icon={<Lock />} title={`Your role does not let you see ${what}.`}>
      {permission ? (
        <p>
          It needs the permission <code className="font-mono text-xs">{permission}</code>. An administrator can give it
          to you.
        </p>
      ) : (
        <p>An administrator can give you the permission.</p>
      )}
    </State>
  );
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
