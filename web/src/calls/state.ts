// Where a call stands, in one word for the program and a few for people.

import type { Call } from './wire';

export type CallState =
  | 'proposed'
  | 'planned'
  | 'judged'
  | 'waiting'
  | 'approved'
  | 'running'
  | 'verifying'
  | 'done'
  | 'denied'
  | 'rejected'
  | 'expired'
  | 'cancelled'
  | 'failed'
  | 'unknown';

export type Tone = 'quiet' | 'busy' | 'good' | 'warn' | 'bad';

export const STATE_WORDS: Record<CallState, { word: string; tone: Tone }> = {
  proposed: { word: 'Planning', tone: 'busy' },
  planned: { word: 'Planned', tone: 'busy' },
  judged: { word: 'Judged', tone: 'busy' },
  waiting: { word: 'Waiting for approval', tone: 'warn' },
  approved: { word: 'Approved', tone: 'busy' },
  running: { word: 'Running', tone: 'busy' },
  verifying: { word: 'Verifying', tone: 'busy' },
  done: { word: 'Done', tone: 'good' },
  denied: { word: 'Not allowed', tone: 'bad' },
  rejected: { word: 'Rejected', tone: 'quiet' },
  expired: { word: 'Expired', tone: 'quiet' },
  cancelled: { word: 'Cancelled', tone: 'quiet' },
  failed: { word: 'Failed', tone: 'bad' },
  unknown: { word: 'Outcome unknown', tone: 'warn' },
};

export function stateOf({ execution, approval, verification, is_verifying }: Call): CallState {
  switch (execution.status) {
    case 'pending':
      if (approval?.status === 'pending') return 'waiting';
      if (execution.verdict) return 'judged';
      return execution.plan ? 'planned' : 'proposed';
    case 'approved':
      return 'approved';
    case 'rejected':
      return refusal(execution.verdict?.decision === 'deny', approval?.status);
    case 'executing':
      return is_verifying || verification ? 'verifying' : 'running';
    case 'completed':
      return 'done';
    case 'failed':
      return 'failed';
    case 'unknown':
      return 'unknown';
  }
}

function refusal(isDenied: boolean, status: NonNullable<Call['approval']>['status'] | undefined): CallState {
  if (isDenied) return 'denied';
  switch (status) {
    case 'rejected':
      return 'rejected';
    case 'expired':
      return 'expired';
    // A stop between approval and the first touch ends here too.
    case 'cancelled':
    case 'approved':
    case 'pending':
    case undefined:
      return 'cancelled';
  }
}

export const isOver = (state: CallState) =>
  !['proposed', 'planned', 'judged', 'waiting', 'approved', 'running', 'verifying'].includes(state);

/** Cards of these states open by themselves: a person has to see why. */
export const opensByItself = (state: CallState) => state === 'failed' || state === 'denied' || state === 'unknown';

/** How long the call worked so far, from the decision where there was one; null where nothing was done or it is too early to say. */
export function elapsedMs({ execution, approval }: Call, state: CallState, now: number): number | null {
  if (state === 'waiting' || state === 'denied' || state === 'rejected' || state === 'expired' || state === 'cancelled')
    return null;
  const from = Date.parse(approval?.decided_at ?? execution.created_at);
  const ms = (isOver(state) ? Date.parse(execution.updated_at) : now) - from;
  if (!Number.isFinite(ms) || ms < 0) return null;
  // Seconds tick; tenths of them would only flicker.
  if (!isOver(state)) return ms >= 1000 ? Math.floor(ms / 1000) * 1000 : null;
  return ms;
}
