import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleSlash, Clock, Undo2 } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ApprovalView } from '@/api/schema';
import { pieces } from '@/blocks/Shown';
import { RiskBadge } from '@/calls/RiskBadge';
import { TargetChip } from '@/calls/TargetChip';
import { cx } from '@/ui/cx';
import { Countdown, RelativeTime } from '@/ui/Time';

type ApprovalRowProps = {
  view: ApprovalView;
  isOpen: boolean;
  /** It waited a moment ago and does no longer. */
  isLeaving?: boolean;
  /** Before the words: a checkbox. */
  before?: ReactNode;
  isTabStop: boolean;
  onFocus?: () => void;
};

/** One question in a list: what, where, who asks, since when; how long it still waits, or how it ended. */
export function ApprovalRow({ view, isOpen, isLeaving = false, before, isTabStop, onFocus }: ApprovalRowProps) {
  const isPending = view.status === 'pending' && !isLeaving;
  return (
    <div
      className={cx(
        'relative flex border-b border-l-2 border-l-transparent transition-opacity duration-200',
        isOpen ? 'border-l-accent-text bg-selected' : 'hover:bg-hover',
        isLeaving && 'bg-sunken',
      )}
    >
      {before}
      <Link
        to="/approvals/$id"
        params={{ id: view.id }}
        search={true}
        data-approval-row={view.id}
        tabIndex={isTabStop ? 0 : -1}
        aria-current={isOpen || undefined}
        onFocus={onFocus}
        className={cx('focus-inset flex min-w-0 flex-1 flex-col gap-1 py-2.5 pr-4', before ? 'pl-0.5' : 'pl-4')}
      >
        <span className="flex items-center gap-2">
          <RiskBadge risk={view.risk} />
          <span className="ml-auto inline-flex items-center gap-1 text-xs text-ink-3">
            {isPending ? (
              <>
                <Clock aria-hidden="true" className="size-3.5" />
                <Countdown to={view.expires_at} />
                <span className="sr-only"> left to decide</span>
              </>
            ) : (
              <Ending view={view} isLeaving={isLeaving} />
            )}
          </span>
        </span>
        <span className={cx('line-clamp-2 text-sm font-medium break-words', isPending ? 'text-ink' : 'text-ink-2')}>
          {pieces(view.plan.summary)}
        </span>
        <span className="flex min-w-0 items-center gap-x-2 text-xs text-ink-3">
          <TargetChip target={view.plan.target} className="text-xs" />
          <span className="min-w-0 truncate">
            asked by {pieces(view.requested_by_name)} <RelativeTime when={view.created_at} />
          </span>
        </span>
        {!isPending && view.reason && <span className="truncate text-xs text-ink-2">“{pieces(view.reason)}”</span>}
      </Link>
    </div>
  );
}

function Ending({ view, isLeaving }: { view: ApprovalView; isLeaving: boolean }) {
  const who = view.decided_by_name && pieces(view.decided_by_name);
  const when = view.decided_at && <RelativeTime when={view.decided_at} />;
  switch (view.status) {
    case 'approved':
      return (
        <span className="inline-flex items-center gap-1 text-success-text">
          <CircleCheck aria-hidden="true" className="size-3.5" /> Approved {who && <>by {who}</>} {when}
        </span>
      );
    case 'rejected':
      return (
        <span className="inline-flex items-center gap-1 text-ink-2">
          <CircleSlash aria-hidden="true" className="size-3.5" /> Rejected {who && <>by {who}</>} {when}
        </span>
      );
    case 'cancelled':
      return (
        <span className="inline-flex items-center gap-1 text-ink-2">
          <Undo2 aria-hidden="true" className="size-3.5" /> Withdrawn {when}
        </span>
      );
    case 'expired':
      return <Expired />;
    case 'pending':
      return isLeaving && Date.parse(view.expires_at) > Date.now() ? <span>Decided</span> : <Expired />;
  }
}

const Expired = () => (
  <span className="inline-flex items-center gap-1 text-ink-2">
    <Clock aria-hidden="true" className="size-3.5" /> Expired
  </span>
);
