// The rows of a run's waterfall: one for each question to the model and one for each call, with what it did when.

import type { Outcome, RunEvent, RunRecord } from './events';

/** What a stretch of time was spent on. `waiting` is for a person; nothing happens then. */
export type Phase = 'thinking' | 'planning' | 'waiting' | 'running' | 'verifying';

/** Milliseconds since the epoch; `to` is null while it lasts. */
export interface Stretch {
  phase: Phase;
  from: number;
  to: number | null;
}

export type StepState = Phase | Outcome | 'answered';

export interface Step {
  /** The execution's id, or `turn-N`. Names the step in the address. */
  id: string;
  kind: 'model' | 'call';
  turn: number;
  /** `postgres.create_index`, or the provider's name. */
  name: string;
  target: string | null;
  state: StepState;
  /** One sentence, where there is one already. */
  summary: string;
  from: number;
  to: number | null;
  stretches: Stretch[];
  records: RunRecord[];
}

/** What begins with an event; what lasted until then ends. `null` ends it only. */
function phaseAfter(event: RunEvent): Phase | null | undefined {
  switch (event.type) {
    case 'model_asked':
      return 'thinking';
    case 'proposed':
    case 'planned':
    case 'decided':
    case 'granted':
      return 'planning';
    case 'approval_requested':
      return 'waiting';
    case 'query_started':
    case 'intent_recorded':
      return 'running';
    case 'performed':
    case 'perform_failed':
    case 'interrupted':
      return 'verifying';
    case 'verified':
      return 'planning';
    case 'model_answered':
    case 'model_failed':
    case 'call_refused':
    case 'plan_failed':
    case 'query_answered':
    case 'query_failed':
    case 'recheck_failed':
    case 'approval_expired':
    case 'approval_cancelled':
    case 'cleaned_up':
    case 'clean_up_failed':
    case 'call_ended':
      return null;
    case 'secret_left':
    case 'judged':
    case 'started':
    case 'turn_began':
    case 'cancel_requested':
    case 'attempt_refused':
    case 'run_ended':
      return undefined;
  }
}

/** Steps in the order in which they began. After `run_ended` nothing is open. */
export function stepsOf(records: RunRecord[]): Step[] {
  const steps = new Map<string, Step>();
  let turn = 0;
  for (const record of records) {
    const { event } = record;
    const at = Date.parse(record.at);
    if (event.type === 'model_asked' || event.type === 'turn_began') turn = event.turn;
    if (event.type === 'run_ended') for (const step of steps.values()) close(step, at);
    const id = idOf(event, turn);
    if (!id) continue;
    const step = steps.get(id) ?? begin(id, event, turn, at);
    if (!step) continue;
    steps.set(id, step);
    step.records.push(record);
    tell(step, event, at);
  }
  return [...steps.values()];
}

function idOf(event: RunEvent, turn: number): string | null {
  if ('execution_id' in event) return event.execution_id ?? null;
  if (event.type === 'model_asked' || event.type === 'model_answered' || event.type === 'model_failed')
    return `turn-${turn}`;
  return null;
}

function begin(id: string, event: RunEvent, turn: number, at: number): Step | null {
  const step: Step = {
    id,
    kind: 'call',
    turn,
    name: '',
    target: null,
    state: 'planning',
    summary: '',
    from: at,
    to: null,
    stretches: [],
    records: [],
  };
  if (event.type === 'proposed') return { ...step, name: event.tool, target: event.target.name };
  if (event.type === 'call_refused') return { ...step, name: event.call.name };
  if (event.type === 'model_asked') return { ...step, kind: 'model', name: event.provider, state: 'thinking' };
  // Without the beginning (the model failed before it was asked, say) the end alone still tells something.
  if (event.type === 'model_failed') return { ...step, kind: 'model', name: 'model' };
  return null;
}

function tell(step: Step, event: RunEvent, at: number) {
  const phase = phaseAfter(event);
  if (phase !== undefined) {
    const open = step.stretches.at(-1);
    if (open && open.to === null && open.phase !== phase) open.to = at;
    if (phase && (!open || open.to !== null || open.phase !== phase))
      step.stretches.push({ phase, from: at, to: null });
    step.to = phase ? null : at;
    if (phase) step.state = phase;
  }
  switch (event.type) {
    case 'model_answered':
      step.state = 'answered';
      step.name = event.answer.model || event.answer.provider;
      step.summary = event.answer.text;
      break;
    case 'query_answered':
      step.state = 'completed';
      step.summary = event.summary;
      break;
    case 'query_failed':
    case 'plan_failed':
    case 'recheck_failed':
    case 'model_failed':
      step.state = 'failed';
      step.summary = event.problem.why;
      break;
    case 'call_refused':
      step.state = 'denied';
      step.summary = event.problem.why;
      break;
    case 'judged':
      if (event.verdict.decision === 'deny') step.state = 'denied';
      break;
    case 'decided':
      if (!event.approved) step.state = 'rejected';
      break;
    case 'approval_expired':
      step.state = 'expired';
      break;
    case 'approval_cancelled':
      step.state = 'cancelled';
      break;
    case 'call_ended':
      step.state = event.outcome;
      step.summary = event.summary;
      break;
    default:
      break;
  }
}

function close(step: Step, at: number) {
  const open = step.stretches.at(-1);
  if (open && open.to === null) open.to = at;
  step.to ??= at;
  // A query that was stopped, or a turn whose answer never came, has no end of its own.
  if (isPhase(step.state)) step.state = 'cancelled';
}

const isPhase = (state: StepState): state is Phase =>
  ['thinking', 'planning', 'waiting', 'running', 'verifying'].includes(state);

/** True while the step goes on. */
export const isOpen = (step: Step) => step.to === null;

/** Milliseconds in one phase, up to `now` where it lasts. */
export const spent = (step: Step, phase: Phase, now: number) =>
  step.stretches
    .filter((one) => one.phase === phase)
    .reduce((sum, { from, to }) => sum + Math.max(0, (to ?? now) - from), 0);
