import { ChevronRight } from 'lucide-react';
import { type FocusEvent, lazy, memo, Suspense, useEffect, useId, useRef, useState } from 'react';
import { Blocks } from '@/blocks/Block';
import { duration } from '@/blocks/format';
import { Guard } from '@/blocks/Guard';
import { ProblemView } from '@/blocks/ProblemBlock';
import { pieces } from '@/blocks/Shown';
import { useNow } from '@/ui/clock';
import { cx } from '@/ui/cx';
import { ApprovalCard } from './ApprovalCard';
import { Arguments } from './Arguments';
import { Fold } from './Fold';
import { Outcome } from './Outcome';
import { isKeptOpen, keepOpen } from './openness';
import { PlanView } from './PlanView';
import { Progress } from './Progress';
import { questionOfCall } from './question';
import { RiskBadge } from './RiskBadge';
import { StateIcon, StateWord } from './StateMark';
import { Suggestions } from './Suggestions';
import { type CallState, elapsedMs, isOver, opensByItself, stateOf } from './state';
import { TargetChip } from './TargetChip';
import { ToolName } from './ToolName';
import { VerificationView } from './VerificationView';
import type { Approval, Call, SuggestedCall } from './wire';

/** Few changes leave one. */
const LeftSecrets = lazy(() => import('./LeftSecrets'));

export type CallCardProps = {
  /** The body of a `data-call` part, or `{execution}` where only that is at hand. */
  call: Call;
  /** Open until a person folds it: for the newest call of a run. */
  isLatest?: boolean;
  /** As for ApprovalCard, while the call waits for a person. */
  density?: 'chat' | 'queue' | 'page';
  /** Asks for a suggested call, undo included. */
  onSuggest?: ((call: SuggestedCall) => void) | undefined;
  onDecided?: ((view: Approval) => void) | undefined;
};

/** One tool call: one line that opens to all that is known about it; while it waits for a person, the question. */
export const CallCard = memo(function CallCard({
  call,
  isLatest = false,
  density = 'chat',
  onSuggest,
  onDecided,
}: CallCardProps) {
  const state = stateOf(call);
  const question = state === 'waiting' ? questionOfCall(call) : null;
  const box = useRef<HTMLDivElement>(null);
  const isOurs = useRef(false);
  const isAsking = question !== null;
  const wasAsking = useRef(isAsking);

  // Once it is decided, the question gives way to the call: the focus goes on to its head instead of getting lost.
  useEffect(() => {
    if (wasAsking.current && !isAsking && isOurs.current && document.activeElement === document.body) {
      box.current?.querySelector('button')?.focus({ preventScroll: true });
    }
    wasAsking.current = isAsking;
  }, [isAsking]);
  const leave = (event: FocusEvent) => {
    if (event.relatedTarget && !box.current?.contains(event.relatedTarget)) isOurs.current = false;
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notes where the focus is
    <div
      ref={box}
      className="min-w-0"
      onFocus={() => {
        isOurs.current = true;
      }}
      onBlur={leave}
    >
      {question ? (
        <ApprovalCard approval={question} density={density} {...(onDecided && { onDecided })} />
      ) : (
        <Folding call={call} state={state} isLatest={isLatest} onSuggest={onSuggest} />
      )}
    </div>
  );
});

type FoldingProps = { call: Call; state: CallState; isLatest: boolean; onSuggest: CallCardProps['onSuggest'] };

function Folding({ call, state, isLatest, onSuggest }: FoldingProps) {
  const { execution } = call;
  const [chosen, setChosen] = useState(() => isKeptOpen(execution.id));
  const bodyId = useId();
  const isOpen = chosen ?? (isLatest || opensByItself(state) || (execution.secrets ?? []).length > 0);
  const toggle = () => {
    keepOpen(execution.id, !isOpen);
    setChosen(!isOpen);
  };
  const brief = execution.summary || execution.problem?.why || (isOver(state) ? '' : (call.progress?.at(-1) ?? ''));
  return (
    <section
      aria-label={`${execution.tool} on ${execution.target.name}`}
      data-execution={execution.id}
      data-state={state}
      className="min-w-0 overflow-clip rounded-lg border bg-canvas"
    >
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? bodyId : undefined}
        onClick={toggle}
        className="focus-inset flex min-h-9 w-full min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 px-3 py-1.5 text-left text-sm hover:bg-hover coarse:min-h-11"
      >
        <StateIcon state={state} />
        <ToolName tool={execution.tool} className="shrink-0 max-sm:flex-1 max-sm:shrink" />
        {/* On a phone: what and how it stands, then where and how long, then what it says. */}
        <span className="order-1 hidden basis-full max-sm:block" />
        <TargetChip target={execution.target} className="shrink-0 text-xs max-sm:order-2 max-sm:shrink max-sm:pl-6" />
        {isOpen || !brief ? (
          <span className="flex-1 max-sm:hidden" />
        ) : (
          <span className="min-w-0 flex-1 basis-24 truncate text-xs text-ink-3 max-sm:order-3 max-sm:basis-full max-sm:pl-6">
            {pieces(brief)}
          </span>
        )}
        <Elapsed call={call} state={state} />
        <StateWord state={state} />
        <ChevronRight
          aria-hidden="true"
          className={cx('size-4 shrink-0 text-ink-3 transition-transform duration-100', isOpen && 'rotate-90')}
        />
      </button>
      {isOpen && (
        <div id={bodyId} className="flex min-w-0 flex-col gap-3 border-t px-3 py-3">
          <Content call={call} state={state} onSuggest={onSuggest} />
        </div>
      )}
    </section>
  );
}

function Elapsed({ call, state }: { call: Call; state: CallState }) {
  return isOver(state) ? <Time ms={elapsedMs(call, state, 0)} /> : <Running call={call} state={state} />;
}

/** Only a call that is under way needs a clock. */
function Running({ call, state }: { call: Call; state: CallState }) {
  return <Time ms={elapsedMs(call, state, useNow(1000))} />;
}

function Time({ ms }: { ms: number | null }) {
  if (ms === null) return null;
  return (
    <span className="num shrink-0 text-xs whitespace-nowrap text-ink-3 max-sm:order-2">
      {ms < 1 ? '< 1 ms' : duration(ms)}
    </span>
  );
}

function Content({ call, state, onSuggest }: { call: Call; state: CallState; onSuggest: CallCardProps['onSuggest'] }) {
  const { execution, approval, granted_by: granted, progress, verification } = call;
  const { plan, verdict, digest, problem } = execution;
  const blocks = execution.blocks ?? [];
  const suggestions = execution.suggestions ?? [];
  const marked = execution.from_target_text ?? [];
  const isBlocked = state === 'denied' && verdict;
  return (
    <>
      {approval && <Outcome approval={approval} />}
      {!approval && granted?.by === 'rule' && (
        <p className="text-xs text-ink-3">
          Allowed by rule <code className="font-mono">{granted.rule_id}</code>, without asking.
        </p>
      )}
      {progress && progress.length > 0 && !isOver(state) && <Progress lines={progress} isOver={false} />}
      {execution.summary && <p className="text-sm break-words">{pieces(execution.summary)}</p>}
      {problem && <ProblemView problem={problem} />}
      {state === 'unknown' && !problem && (
        <p className="text-sm text-ink-2">
          Whether it happened could not be found out from here. Look at the target before you ask again.
        </p>
      )}
      {verification && <VerificationView verification={verification} before={plan?.observed ?? []} />}
      {isOver(state) && (execution.secrets ?? []).length > 0 && (
        <Guard fallback={null}>
          <Suspense fallback={null}>
            <LeftSecrets executionId={execution.id} />
          </Suspense>
        </Guard>
      )}
      {blocks.length > 0 && <Blocks blocks={blocks} />}
      <Suggestions calls={suggestions} onSuggest={onSuggest} />
      <div className="flex min-w-0 flex-col items-start [&>div]:w-full">
        <Fold title="Arguments" isOpenAtFirst={marked.length > 0}>
          {() => <Arguments values={execution.arguments} marked={marked} />}
        </Fold>
        {plan && (
          <Fold
            title={approval?.status === 'approved' ? 'What was approved' : 'Plan'}
            note={verdict && <RiskBadge risk={verdict.risk} />}
            isOpenAtFirst={Boolean(isBlocked)}
          >
            {() => <PlanView plan={plan} verdict={verdict} digest={digest} marked={[]} />}
          </Fold>
        )}
        {progress && progress.length > 0 && isOver(state) && (
          <Fold title="Progress" note={String(progress.length)}>
            {() => <Progress lines={progress} isOver />}
          </Fold>
        )}
      </div>
    </>
  );
}
