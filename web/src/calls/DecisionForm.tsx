import { ArrowLeft, Check, Clock, UserRound, X } from 'lucide-react';
import { type Ref, useImperativeHandle, useRef, useState } from 'react';
import { useShortcut } from '@/actions/registry';
import { Shown } from '@/blocks/Shown';
import { Button } from '@/ui/Button';
import { cx } from '@/ui/cx';
import { Field, TextInput } from '@/ui/Field';
import { Kbd } from '@/ui/Kbd';
import { Countdown } from '@/ui/Time';
import { missing, type Question, type Refusal } from './question';

/** What the keys of the card do: the same as its buttons. */
export interface DecisionFormHandle {
  approve: () => void;
  reject: () => void;
}

type DecisionFormProps = {
  ref: Ref<DecisionFormHandle>;
  question: Question;
  refusal: Refusal;
  /** Who may decide, in words. */
  who: string;
  busy: 'approve' | 'reject' | null;
  isExpired: boolean;
  isFramed: boolean;
  /** The card has the focus: its keys work and are shown. */
  isCurrent: boolean;
  onApprove: (reason: string) => void;
  onReject: (reason: string) => void;
  /** The focus has lost its place: give it a new one. */
  onDone: () => void;
};

/** Approve or reject. A critical change takes two steps, a reason and the target's name. */
export function DecisionForm(props: DecisionFormProps) {
  const { ref, question, refusal, who, busy, isExpired, isFramed, isCurrent, onApprove, onReject, onDone } = props;
  const [reason, setReason] = useState('');
  const [name, setName] = useState('');
  const [isSecondStep, setSecondStep] = useState(false);
  const [isChecked, setChecked] = useState(false);
  const reasonField = useRef<HTMLInputElement>(null);
  const nameField = useRef<HTMLInputElement>(null);
  const isCritical = question.risk === 'critical';
  const gaps = missing(question, reason, name);
  const isReasonNeeded = question.verdict.reason_required || isCritical;
  const isClosed = isExpired || busy !== null;

  const approve = () => {
    if (isClosed || refusal.approve !== null) return;
    if (isCritical && !isSecondStep) {
      setSecondStep(true);
      // The field appears with the next drawing; the focus must not stay on a button that says something else then.
      requestAnimationFrame(() => (reason.trim() === '' ? reasonField : nameField).current?.focus());
      return;
    }
    setChecked(true);
    if (gaps.reason) reasonField.current?.focus();
    else if (gaps.name) nameField.current?.focus();
    else onApprove(reason);
  };
  const reject = () => {
    if (!isClosed && refusal.reject === null) onReject(reason);
  };
  const back = () => {
    setSecondStep(false);
    setChecked(false);
    onDone();
  };
  useImperativeHandle(ref, () => ({ approve, reject }));

  const refused = refusal.approve ?? refusal.reject;
  return (
    <footer className={cx('flex flex-col gap-3', isFramed ? 'border-t px-3 py-3' : 'mt-4 border-t pt-4')}>
      {refused && (
        <p className="flex items-start gap-1.5 text-sm text-ink-2">
          <UserRound aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-ink-3" />
          {refused}
        </p>
      )}
      {isSecondStep && (
        <p className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger-text">
          This is a critical change to{' '}
          <strong className="font-semibold">
            <Shown text={question.plan.target.name} />
          </strong>
          {question.plan.undo.kind === 'irreversible' && ', and it cannot be undone'}. Say why, and type the target’s
          name.
        </p>
      )}
      {refusal.reject === null && !isExpired && (
        <div data-decision-field="" className="flex flex-col gap-3">
          <Field
            label={
              isReasonNeeded
                ? 'Reason (needed to approve; goes to the audit log)'
                : 'Reason (optional; goes to the audit log)'
            }
            error={isChecked ? (gaps.reason ?? undefined) : undefined}
          >
            <TextInput
              ref={reasonField}
              value={reason}
              maxLength={2000}
              autoComplete="off"
              onChange={(event) => setReason(event.target.value)}
            />
          </Field>
          {isSecondStep && (
            <Field
              label={
                <>
                  Type <span className="font-mono text-ink">{question.plan.target.name}</span> to approve
                </>
              }
              error={isChecked ? (gaps.name ?? undefined) : undefined}
            >
              <TextInput
                ref={nameField}
                value={name}
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                className="font-mono"
                onChange={(event) => setName(event.target.value)}
              />
            </Field>
          )}
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {refusal.approve === null && (
          <Button
            variant={isSecondStep ? 'danger' : 'primary'}
            icon={<Check />}
            isBusy={busy === 'approve'}
            disabled={isClosed}
            onClick={approve}
          >
            {isSecondStep ? 'Approve this critical change' : isCritical ? 'Approve …' : 'Approve'}
          </Button>
        )}
        {refusal.reject === null && (
          <Button variant="danger-quiet" icon={<X />} isBusy={busy === 'reject'} disabled={isClosed} onClick={reject}>
            Reject
          </Button>
        )}
        {isSecondStep && (
          <Button variant="ghost" icon={<ArrowLeft />} disabled={busy !== null} onClick={back}>
            Back
          </Button>
        )}
        {isCurrent && <Hints canApprove={refusal.approve === null} canReject={refusal.reject === null} />}
        <span className="flex-1" />
        <p className={cx('flex items-center gap-1 text-xs', isExpired ? 'text-warning-text' : 'text-ink-3')}>
          <Clock aria-hidden="true" className="size-3.5" />
          {isExpired ? (
            'Expired. Ask again to get a new plan.'
          ) : (
            <span>
              expires in <Countdown to={question.expiresAt} />
            </span>
          )}
        </p>
      </div>
      {!refused && <p className="text-2xs text-ink-3">May be decided by {who}.</p>}
    </footer>
  );
}

/** The keys, while the card has the focus and they work. */
function Hints({ canApprove, canReject }: { canApprove: boolean; canReject: boolean }) {
  const approve = useShortcut('approval.approve');
  const reject = useShortcut('approval.reject');
  if (!approve && !reject) return null;
  return (
    <span aria-hidden="true" className="flex items-center gap-1.5 pl-1 text-xs text-ink-3 max-sm:hidden">
      {canApprove && approve && (
        <>
          <Kbd keys={approve} /> approve
        </>
      )}
      {canReject && reject && (
        <>
          <Kbd keys={reject} /> reject
        </>
      )}
    </span>
  );
}
