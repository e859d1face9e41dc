import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleAlert, CircleCheck, ShieldQuestion, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { waitingApprovalsQuery } from '@/api/queries/approvals';
import type { Finding, Overview } from '@/api/queries/overview';
import type { ApprovalView } from '@/api/schema';
import { RiskBadge } from '@/calls/RiskBadge';
import { SkeletonRows } from '@/ui/Skeleton';
import { Countdown, RelativeTime } from '@/ui/Time';
import { TEXT } from '@/ui/tones';
import { Panel, panelLink } from './Panel';

/** Rows of each kind before one goes to the page of the whole. */
const MOST = 5;

export function NeedsYou({ overview }: { overview: Overview | undefined }) {
  const waiting = useQuery(waitingApprovalsQuery);
  const approvals = waiting.data ?? [];
  const findings = overview?.findings ?? [];
  const isEmpty = approvals.length === 0 && findings.length === 0;
  return (
    <Panel
      title="Needs you"
      link={
        approvals.length > MOST && (
          <Link to="/approvals" className={panelLink}>
            All {approvals.length} approvals
          </Link>
        )
      }
    >
      {overview === undefined && waiting.isPending ? (
        <SkeletonRows rows={3} />
      ) : isEmpty ? (
        <p className="flex items-center gap-2 py-4 text-sm text-ink-2">
          <CircleCheck className="size-4 text-success-text" />
          Nothing waits for you, and nothing is wrong.
        </p>
      ) : (
        <ul>
          {approvals.slice(0, MOST).map((approval) => (
            <Waiting key={approval.id} approval={approval} />
          ))}
          {findings.slice(0, MOST).map((finding) => (
            <Found key={`${finding.sentence} ${finding.since}`} finding={finding} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

const ROW = 'flex items-start gap-3 border-b border-line/70 py-2.5 text-sm last:border-b-0';

function Waiting({ approval }: { approval: ApprovalView }) {
  return (
    <li className={ROW}>
      <ShieldQuestion aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warning-text" />
      <div className="min-w-0 flex-1">
        <Link
          to="/approvals/$id"
          params={{ id: approval.id }}
          className="font-medium break-words underline-offset-2 hover:underline"
        >
          {approval.plan.summary}
        </Link>
        <p className="text-xs break-words text-ink-3">
          {approval.plan.target.name} · {approval.requested_by_name} asks · expires{' '}
          <Countdown to={approval.expires_at} />
        </p>
      </div>
      <RiskBadge risk={approval.risk} />
    </li>
  );
}

const LOOK: Record<Finding['level'], { icon: ReactNode; word: string }> = {
  info: { icon: <CircleAlert className={TEXT.info} />, word: 'Note' },
  warning: { icon: <TriangleAlert className={TEXT.warning} />, word: 'Warning' },
  error: { icon: <TriangleAlert className={TEXT.danger} />, word: 'Wrong' },
};

function Found({ finding }: { finding: Finding }) {
  const { icon, word } = LOOK[finding.level];
  return (
    <li className={ROW}>
      <span className="mt-0.5 shrink-0 [&>svg]:size-4">
        {icon}
        <span className="sr-only">{word}</span>
      </span>
      <p className="min-w-0 flex-1 break-words">
        {finding.run_id ? (
          <Link to="/runs/$id" params={{ id: finding.run_id }} className="underline-offset-2 hover:underline">
            {finding.sentence}
          </Link>
        ) : (
          finding.sentence
        )}
      </p>
      <RelativeTime when={finding.since} look="short" className="shrink-0 text-xs text-ink-3" />
    </li>
  );
}
