import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { approvalQuery } from '@/api/queries/approvals';
import type { ExecutionView } from '@/api/schema';
import { ProblemView } from '@/blocks/ProblemBlock';
import { CallCard } from '@/calls/CallCard';
import { toolTitle } from '@/calls/words';
import { CodeBlock } from '@/ui/CodeBlock';
import { CopyButton } from '@/ui/CopyButton';
import { useNow } from '@/ui/clock';
import { formatDuration } from '@/ui/format';
import { Skeleton } from '@/ui/Skeleton';
import { DescriptionList } from '@/ui/Table';
import { type Asker, callOf } from './callOf';
import { EventLog } from './EventLog';
import type { RunEvent } from './events';
import { type Phase, type Step, spent } from './steps';
import { TurnView } from './TurnView';
import { PHASES, StepStatusMark } from './words';

type StepDetailsProps = {
  step: Step;
  execution: ExecutionView | undefined;
  asker: Asker;
  runId: string /** Until when an open step is counted, where the run is over. */;
  end: number | null;
};

/** Everything about one step: its times, the call or the model's answer, and its events. */
export function StepDetails({ step, execution, asker, runId, end }: StepDetailsProps) {
  const ticking = useNow(step.to === null && end === null ? 1000 : 3_600_000);
  const now = end ?? ticking;
  const times = (['planning', 'thinking', 'waiting', 'running', 'verifying'] as Phase[])
    .map((phase) => ({ phase, ms: spent(step, phase, now) }))
    .filter(({ ms }) => ms > 0);
  return (
    <div className="flex min-w-0 flex-col gap-5 p-4">
      <header className="flex flex-col gap-2">
        <h2 className="flex min-w-0 items-center gap-2 text-sm font-semibold">
          <span className="truncate">
            {step.kind === 'model' ? `Turn ${step.turn} of the model` : toolTitle(step.name)}
          </span>
          <StepStatusMark state={step.state} className="ml-auto text-xs font-normal" />
          <CopyButton
            text={() => JSON.stringify({ step: step.id, execution, records: step.records }, null, 2)}
            label="Copy the step as JSON"
            size="xs"
          />
        </h2>
        <p className="num flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-ink-3">
          {times.length === 0
            ? 'Under a millisecond'
            : times.map(({ phase, ms }) => <span key={phase}>{`${PHASES[phase].word} ${formatDuration(ms)}`}</span>)}
        </p>
      </header>
      {step.kind === 'model' ? (
        <TurnView step={step} />
      ) : execution ? (
        <CallOfStep step={step} execution={execution} asker={asker} />
      ) : (
        <CallWithoutView step={step} />
      )}
      <section className="flex flex-col gap-1 border-t pt-4">
        <h3 className="text-xs font-medium text-ink-2">Events</h3>
        <EventLog records={step.records} from={step.from} />
      </section>
      {step.kind === 'call' && (
        <p className="border-t pt-3 text-sm">
          <Link to="/audit" search={{ run: runId }} className="text-accent-text underline-offset-2 hover:underline">
            This run in the audit log
          </Link>
        </p>
      )}
    </div>
  );
}

function CallOfStep({ step, execution, asker }: { step: Step; execution: ExecutionView; asker: Asker }) {
  const call = callOf(execution, step.records, asker);
  const isWaiting = step.state === 'waiting' && call.approval?.status === 'pending';
  // While it waits, the question itself says what is so now, whoever asked for the run.
  const { data } = useQuery({ ...approvalQuery(call.approval?.id ?? ''), enabled: isWaiting });
  if (data && call.approval)
    call.approval = {
      ...call.approval,
      status: data.status,
      expires_at: data.expires_at,
      requested_by: data.requested_by,
      requested_by_name: data.requested_by_name,
    };
  return (
    <>
      {step.state === 'unknown' && <LookedAt step={step} />}
      <CallCard key={step.id} call={call} isLatest />
    </>
  );
}

/** An unknown outcome: what was looked at, and what to do. */
function LookedAt({ step }: { step: Step }) {
  const found = step.records.flatMap(({ event }) => (event.type === 'verified' ? [event.verification.sentence] : []));
  return (
    <div className="rounded-md bg-warning-soft px-3 py-2.5 text-sm">
      <p className="font-medium text-warning-text">It is not known whether this was done.</p>
      {found.length > 0 ? (
        <p className="mt-1 text-ink">Looked at the target afterwards: {found.join(' ')}</p>
      ) : (
        <p className="mt-1 text-ink">The target could not be looked at afterwards.</p>
      )}
      <p className="mt-1 text-ink-2">Look at the target yourself before you ask for it again.</p>
    </div>
  );
}

/** A call that was refused before it began, or whose view has not come yet. */
function CallWithoutView({ step }: { step: Step }) {
  const refused = step.records.find(({ event }) => event.type === 'call_refused')?.event as
    | Extract<RunEvent, { type: 'call_refused' }>
    | undefined;
  if (!refused) return <Skeleton className="h-20 w-full" />;
  return (
    <>
      <ProblemView problem={refused.problem} />
      <DescriptionList
        items={[
          [
            'Asked for',
            <code key="name" className="font-mono text-xs">
              {refused.call.name}
            </code>,
          ],
        ]}
      />
      <CodeBlock
        title="Arguments"
        code={
          typeof refused.call.arguments === 'string'
            ? refused.call.arguments
            : JSON.stringify(refused.call.arguments, null, 2)
        }
        language="json"
        maxHeight={240}
      />
    </>
  );
}
