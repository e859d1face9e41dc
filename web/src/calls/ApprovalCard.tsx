import { ClipboardCopy, Copy, ShieldAlert, ShieldCheck } from 'lucide-react';
import { type FocusEvent, useEffect, useId, useRef, useState } from 'react';
import { useMay, useMe } from '@/api/queries/me';
import { ProblemView } from '@/blocks/ProblemBlock';
import { pieces, Shown } from '@/blocks/Shown';
import { copyText } from '@/ui/clipboard';
import { cx } from '@/ui/cx';
import { IconButton } from '@/ui/IconButton';
import { Menu } from '@/ui/Menu';
import { RelativeTime } from '@/ui/Time';
import { CardActions } from './CardActions';
import { DecisionForm, type DecisionFormHandle } from './DecisionForm';
import { Fold } from './Fold';
import { Outcome } from './Outcome';
import { PlanView } from './PlanView';
import { planText } from './planText';
import { type Question, whoMay, whyNot } from './question';
import { RiskBadge } from './RiskBadge';
import { statementsOf } from './Steps';
import { TargetChip } from './TargetChip';
import { ToolName } from './ToolName';
import { useDecision } from './useDecision';
import { useExpired } from './useExpired';
import type { Approval } from './wire';

export type ApprovalCardProps = {
  /** `questionOfApproval(view)` or `questionOfCall(call)`. */
  approval: Question;
  /** `chat` a card among messages, `queue` a card in a list with its explanations folded, `page` without a frame. */
  density?: 'chat' | 'queue' | 'page';
  /** The server's answer, once it is decided, whoever decided it. */
  onDecided?: (view: Approval) => void;
};

/** A question to a person: what would happen, where, why it asks, and the way back; then approve or reject. */
export function ApprovalCard({ approval, density = 'chat', onDecided }: ApprovalCardProps) {
  const me = useMe();
  const mayDecide = useMay('approval:decide');
  const { question, busy, problem, hasChanged, ...decide } = useDecision(approval, onDecided);
  const [isCurrent, setCurrent] = useState(false);
  const titleId = useId();
  const form = useRef<DecisionFormHandle>(null);
  const card = useRef<HTMLElement>(null);

  const isPending = question.status === 'pending';
  const isExpired = useExpired(question.expiresAt) && isPending;
  const refusal = whyNot(question, me ? { id: me.user.id, mayDecide } : null);
  const mayApprove = isPending && !isExpired && !busy && refusal.approve === null;
  const mayReject = isPending && !isExpired && !busy && refusal.reject === null;
  const { plan, verdict } = question;

  // The pressed button was disabled or went away: the focus stays with the card.
  const wasBusy = useRef(false);
  useEffect(() => {
    if (wasBusy.current && !busy && document.activeElement === document.body)
      card.current?.focus({ preventScroll: true });
    wasBusy.current = busy !== null;
  }, [busy]);

  const isFramed = density !== 'page';

  // The palette takes the focus and acts on the card it was opened from; a click elsewhere lets the card go.
  const leave = (event: FocusEvent) => {
    const next = event.relatedTarget as Element | null;
    if (!card.current?.contains(next) && !next?.closest('[role="dialog"], [data-modal]')) setCurrent(false);
  };

  return (
    <section
      ref={card}
      aria-labelledby={titleId}
      data-approval={question.id}
      data-state={question.status}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys work while it has the focus
      tabIndex={0}
      onFocus={() => setCurrent(true)}
      onBlur={leave}
      className={cx('min-w-0 bg-canvas', isFramed && 'overflow-clip rounded-lg border border-line-strong')}
    >
      {isCurrent && isPending && (
        <CardActions
          question={question}
          mayApprove={mayApprove}
          mayReject={mayReject}
          isInField={() =>
            document.activeElement?.closest('[data-decision-field]') != null &&
            (card.current?.contains(document.activeElement) ?? false)
          }
          onApprove={() => form.current?.approve()}
          onReject={() => form.current?.reject()}
        />
      )}
      <header
        className={cx(
          'flex items-start gap-2',
          isFramed ? 'border-b px-3 py-2.5' : 'pb-3',
          isFramed && isPending && 'bg-warning-soft',
        )}
      >
        {isPending ? (
          <ShieldAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warning-text" />
        ) : (
          <ShieldCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-ink-3" />
        )}
        <h3 id={titleId} className="min-w-0 flex-1 text-sm font-semibold break-words">
          <span className="sr-only">{isPending ? 'Approve? ' : 'Decided: '}</span>
          {pieces(plan.summary)}
        </h3>
        <RiskBadge risk={question.risk} reasons={verdict.risk_reasons} />
        <CopyMenu question={question} />
      </header>
      <div className={cx('flex min-w-0 flex-col gap-3', isFramed && 'px-3 py-3')}>
        <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 text-sm">
          <ToolName tool={plan.tool} className="text-ink-2 [&>span]:font-normal" />
          <span className="text-ink-3">on</span>
          <TargetChip target={plan.target} environment="always" className="font-medium" />
          <span className="text-ink-3">
            asked by{' '}
            <span className="text-ink-2">
              <Shown text={question.requestedByName} />
            </span>{' '}
            <RelativeTime when={question.createdAt} />
          </span>
        </p>
        {isPending ? (
          <>
            {hasChanged && (
              <p role="alert" className="rounded-md bg-warning-soft px-3 py-2 text-sm text-warning-text">
                This plan is not the one you were looking at: it was made anew. Read it again before you decide.
              </p>
            )}
            <PlanView
              plan={plan}
              verdict={verdict}
              digest={question.digest}
              marked={question.marked}
              isBrief={density === 'queue'}
            />
          </>
        ) : (
          <>
            <Outcome
              approval={{
                status: question.status,
                decided_by_name: question.decidedByName,
                decided_at: question.decidedAt,
                reason: question.reason,
              }}
            />
            <Fold
              title={question.status === 'approved' ? 'What was approved' : 'What was asked'}
              isOpenAtFirst={density === 'page'}
            >
              {() => <PlanView plan={plan} verdict={verdict} digest={question.digest} marked={question.marked} />}
            </Fold>
          </>
        )}
        {problem && isPending && <ProblemView problem={problem} isAlert />}
        {problem && !isPending && (
          <p className="text-sm text-ink-3">Your answer came later than this one; it changed nothing.</p>
        )}
      </div>
      {isPending && (
        <DecisionForm
          key={question.digest}
          ref={form}
          question={question}
          refusal={refusal}
          who={whoMay(question)}
          busy={busy}
          isExpired={isExpired}
          isFramed={isFramed}
          isCurrent={isCurrent}
          onApprove={decide.approve}
          onReject={decide.reject}
          onDone={() => card.current?.focus()}
        />
      )}
      <span role="status" className="sr-only">
        {problem ? '' : question.status === 'approved' ? 'Approved' : question.status === 'rejected' ? 'Rejected' : ''}
      </span>
    </section>
  );
}

function CopyMenu({ question }: { question: Question }) {
  return (
    <Menu
      trigger={<IconButton size="xs" label="Copy" icon={<Copy />} className="-mt-0.5" />}
      items={[
        {
          label: 'Copy the plan',
          icon: <ClipboardCopy />,
          onSelect: () => void copyText(planText(question.plan, question.risk)),
        },
        { label: 'Copy what runs', icon: <Copy />, onSelect: () => void copyText(statementsOf(question.plan.steps)) },
      ]}
    />
  );
}
