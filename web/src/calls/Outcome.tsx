import { Ban, Check, CircleSlash, Clock } from 'lucide-react';
import { Shown } from '@/blocks/Shown';
import { cx } from '@/ui/cx';
import { RelativeTime } from '@/ui/Time';
import type { CallApproval } from './wire';

const WORDS = {
  approved: { icon: Check, words: 'Approved', tone: 'text-success-text' },
  rejected: { icon: CircleSlash, words: 'Rejected', tone: 'text-ink-2' },
  expired: { icon: Clock, words: 'Nobody decided in time; nothing was done.', tone: 'text-ink-2' },
  cancelled: { icon: Ban, words: 'Withdrawn before anybody decided; nothing was done.', tone: 'text-ink-2' },
} as const;

type OutcomeProps = {
  approval: Pick<CallApproval, 'status' | 'decided_by_name' | 'decided_at' | 'reason'>;
  className?: string;
};

/** Who decided, when and why. Nothing while nobody has. */
export function Outcome({ approval, className }: OutcomeProps) {
  if (approval.status === 'pending') return null;
  const { icon: Icon, words, tone } = WORDS[approval.status];
  return (
    <p className={cx('flex items-start gap-1.5 text-sm', className)}>
      <Icon aria-hidden="true" className={cx('mt-0.5 size-4 shrink-0', tone)} />
      <span className="min-w-0 break-words">
        <span className={tone}>{words}</span>
        {approval.decided_by_name && (
          <>
            {' by '}
            <span className="font-medium">
              <Shown text={approval.decided_by_name} />
            </span>
          </>
        )}
        {approval.decided_at && (
          <span className="text-ink-3">
            {' · '}
            <RelativeTime when={approval.decided_at} />
          </span>
        )}
        {approval.reason && (
          <span className="text-ink-2">
            {' · “'}
            <Shown text={approval.reason} />”
          </span>
        )}
      </span>
    </p>
  );
}
