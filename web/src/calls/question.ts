// A question to a person, whichever way it reached the page.

import type { Approval, Call, Plan, Risk, Verdict } from './wire';

export interface Question {
  id: string;
  status: Approval['status'];
  risk: Risk;
  digest: string;
  plan: Plan;
  verdict: Verdict;
  /** JSON pointers of arguments that came from a target's text. */
  marked: string[];
  requestedBy: string;
  requestedByName: string;
  createdAt: string;
  expiresAt: string;
  decidedByName?: string | null;
  decidedAt?: string | null;
  reason?: string | null;
  runId: string;
  sessionId?: string | null;
}

export const questionOfApproval = (view: Approval): Question => ({
  id: view.id,
  status: view.status,
  risk: view.risk,
  digest: view.digest,
  plan: view.plan,
  verdict: view.verdict,
  marked: view.from_target_text ?? [],
  requestedBy: view.requested_by,
  requestedByName: view.requested_by_name,
  createdAt: view.created_at,
  expiresAt: view.expires_at,
  decidedByName: view.decided_by_name,
  decidedAt: view.decided_at,
  reason: view.reason,
  runId: view.run_id,
  sessionId: view.session_id,
});

/** Null when the call asks nothing, or does not yet hold all that a decision needs. */
export function questionOfCall({ execution, approval }: Call): Question | null {
  const { plan, verdict, digest } = execution;
  if (!approval || !plan || !verdict || !digest) return null;
  return {
    id: approval.id,
    status: approval.status,
    risk: approval.risk,
    digest,
    plan,
    verdict,
    marked: execution.from_target_text ?? [],
    requestedBy: approval.requested_by,
    requestedByName: approval.requested_by_name,
    createdAt: execution.created_at,
    expiresAt: approval.expires_at,
    decidedByName: approval.decided_by_name,
    decidedAt: approval.decided_at,
    reason: approval.reason,
    runId: execution.run_id,
  };
}

/** Who looks at the card. */
export interface Person {
  id: string;
  mayDecide: boolean;
}

export interface Refusal {
  approve: string | null;
  reject: string | null;
}

/** Why this person can neither approve nor reject, in words; null where they can. */
export function whyNot(question: Question, me: Person | null): Refusal {
  if (!me?.mayDecide) {
    const words = 'Your role cannot decide this. An operator or an owner can.';
    return { approve: words, reject: words };
  }
  if (question.verdict.second_person && question.requestedBy === me.id) {
    return {
      approve: 'You asked for this, so somebody else has to approve it. You can still reject it.',
      reject: null,
    };
  }
  return { approve: null, reject: null };
}

/** Who may decide, for everybody to read. */
export function whoMay({ verdict, requestedByName }: Question): string {
  return verdict.second_person ? `an operator or an owner, other than ${requestedByName}` : 'an operator or an owner';
}

/** What is still missing before an approval can be sent. */
export function missing(
  question: Question,
  reason: string,
  name: string,
): { reason: string | null; name: string | null } {
  const isReasonNeeded = question.verdict.reason_required || question.risk === 'critical';
  return {
    reason: isReasonNeeded && reason.trim() === '' ? 'Write why this is right. It is kept with the change.' : null,
    name:
      question.risk === 'critical' && name.trim() !== question.plan.target.name
        ? `Type the target’s name, ${question.plan.target.name}.`
        : null,
  };
}
