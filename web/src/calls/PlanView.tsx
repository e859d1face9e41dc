import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Blocks } from '@/blocks/Block';
import { bytes, count, duration } from '@/blocks/format';
import { pieces, Shown } from '@/blocks/Shown';
import { CopyButton } from '@/ui/CopyButton';
import { Arguments } from './Arguments';
import { Fold } from './Fold';
import { Steps } from './Steps';
import { UndoView } from './UndoView';
import { VerdictView } from './VerdictView';
import type { Plan, Verdict } from './wire';
import { factInWords } from './words';

type PlanViewProps = {
  plan: Plan;
  verdict?: Verdict | null | undefined;
  digest?: string | null | undefined;
  /** JSON pointers of arguments that came from a target's text. */
  marked?: string[];
  /** Brief folds what explains; what runs, its warnings and the way back always stand open. */
  isBrief?: boolean;
};

/** A plan as a person reads it before deciding: everything that is in the digest is here. */
export function PlanView({ plan, verdict, digest, marked = [], isBrief = false }: PlanViewProps) {
  const must = Object.keys(plan.must_hold).length;
  const why = (
    <>
      {plan.touches.length > 0 && (
        <Row name="Touches">
          <ul className="flex flex-col gap-0.5 text-sm">
            {plan.touches.map((thing, index) => (
              <li key={index} className="break-words">
                <span className="text-ink-3">{thing.kind}</span>{' '}
                <span className="font-mono text-xs">
                  <Shown text={thing.name} />
                </span>
                {thing.how && <span className="text-ink-2"> – {pieces(thing.how)}</span>}
              </li>
            ))}
          </ul>
        </Row>
      )}
      {plan.facts.length > 0 && (
        <Row name="Impact">
          <ul className="flex flex-col gap-0.5 text-sm">
            {plan.facts.map((fact, index) => (
              <li key={index} className="num break-words first-letter:uppercase">
                {pieces(factInWords(fact))}
              </li>
            ))}
          </ul>
        </Row>
      )}
      {verdict && (
        <Row name={verdict.decision === 'ask' ? 'Why it asks' : 'Verdict'}>
          <VerdictView verdict={verdict} />
        </Row>
      )}
    </>
  );
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {plan.warnings.length > 0 && (
        <ul className="flex flex-col gap-1 rounded-md bg-warning-soft px-3 py-2 text-sm">
          {plan.warnings.map((warning, index) => (
            <li key={index} className="flex items-start gap-2">
              <TriangleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-warning-text" />
              <span className="min-w-0 break-words">{pieces(warning)}</span>
            </li>
          ))}
        </ul>
      )}
      <Row name="What runs">
        <Steps steps={plan.steps} />
      </Row>
      {plan.on_failure.length > 0 && (
        <Row name="If it goes wrong">
          <p className="pb-0.5 text-xs text-ink-3">Under the same approval, when something broken is left behind.</p>
          <Steps steps={plan.on_failure} />
        </Row>
      )}
      <Row name="Undo">
        <UndoView undo={plan.undo} />
      </Row>
      {marked.length > 0 && (
        <Row name="Arguments">
          <Arguments values={plan.arguments} marked={marked} />
        </Row>
      )}
      {!isBrief && why}
      <div className="flex min-w-0 flex-col items-start gap-0.5 [&>div]:w-full">
        {isBrief && <Fold title="Impact and reasons">{() => <div className="flex flex-col gap-3">{why}</div>}</Fold>}
        {must > 0 && (
          <Fold title="What must still hold" note={must}>
            {() => (
              <>
                <p className="pb-0.5 text-xs text-ink-3">
                  Looked at again right before it runs; a difference stops it.
                </p>
                <Arguments values={plan.must_hold} />
              </>
            )}
          </Fold>
        )}
        {plan.observed.length > 0 && (
          <Fold title="What was seen while planning">{() => <Blocks blocks={plan.observed} />}</Fold>
        )}
        <Fold title="All details">
          {() => <Details plan={plan} verdict={verdict} digest={digest} hasArguments={marked.length === 0} />}
        </Fold>
      </div>
    </div>
  );
}

type DetailsProps = {
  plan: Plan;
  verdict: Verdict | null | undefined;
  digest: string | null | undefined;
  hasArguments: boolean;
};

function Details({ plan, verdict, digest, hasArguments }: DetailsProps) {
  const { time_ms: time, lock_wait_ms: lock, rows, bytes: size } = plan.limits;
  return (
    <div className="flex flex-col gap-3">
      {hasArguments && (
        <Row name="Arguments">
          <Arguments values={plan.arguments} />
        </Row>
      )}
      <Row name="Limits">
        <p className="text-sm">
          Stops after {duration(time)}, waits {duration(lock)} for locks, at most {count(rows)} rows and {bytes(size)}.
        </p>
      </Row>
      <Row name="Identity">
        <p className="font-mono text-xs break-all text-ink-2">
          {plan.tool} · {plan.target.plugin} target, revision {plan.target.revision}
          {verdict && ` · policy revision ${verdict.policy_revision}`}
        </p>
        {digest && (
          <p className="flex items-center gap-1 font-mono text-xs text-ink-2">
            <span className="min-w-0 break-all">digest {digest}</span>
            <CopyButton text={digest} label="Copy the digest" size="xs" />
          </p>
        )}
      </Row>
    </div>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 grid-cols-[7rem_minmax(0,1fr)] gap-x-3 max-sm:grid-cols-1 max-sm:gap-y-1">
      <h4 className="pt-px text-xs leading-5 font-medium text-ink-3">{name}</h4>
      <div className="min-w-0">{children}</div>
    </div>
  );
}
