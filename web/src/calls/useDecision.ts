import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { ApiProblem } from '@/api/problem';
import { approve, reject } from '@/api/queries/approvals';
import type { Question } from './question';
import { questionOfApproval } from './question';
import type { Approval } from './wire';

export interface Decision {
  /** The newest that is known: the server's answer once there is one. */
  question: Question;
  busy: 'approve' | 'reject' | null;
  problem: ApiProblem | null;
  /** The plan was made anew while it was looked at; nothing is approved before it is read again. */
  hasChanged: boolean;
  approve: (reason: string) => void;
  reject: (reason: string) => void;
}

/** Sends one decision. Nothing is shown as decided before the server says so. */
export function useDecision(given: Question, onDecided?: (view: Approval) => void): Decision {
  const [latest, setLatest] = useState<Question | null>(null);
  const [busy, setBusy] = useState<Decision['busy']>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const queries = useQueryClient();
  const isNewer =
    latest?.id === given.id &&
    given.status === 'pending' &&
    (latest.status !== 'pending' || latest.digest !== given.digest);
  const question = isNewer ? latest : given;

  const take = (view: Approval) => {
    // An answer without its plan (a list may leave it out) changes nothing but the status.
    const fresh = view.plan
      ? questionOfApproval(view)
      : {
          ...question,
          status: view.status,
          decidedByName: view.decided_by_name,
          decidedAt: view.decided_at,
          reason: view.reason,
        };
    setLatest(fresh);
    queries.setQueryData(['approvals', 'one', view.id], view);
    void queries.invalidateQueries({ queryKey: ['approvals'] });
    if (view.status !== 'pending') onDecided?.(view);
  };

  const send = async (verb: 'approve' | 'reject', reason: string) => {
    if (busy) return;
    setBusy(verb);
    setProblem(null);
    try {
      const why = reason.trim() || undefined;
      take(verb === 'approve' ? await approve(question.id, question.digest, why) : await reject(question.id, why));
    } catch (error) {
      const failure = error instanceof ApiProblem ? error : new ApiProblem(UNEXPECTED);
      setProblem(failure);
      if (failure.status === 409 || failure.status === 410) await lookAgain();
    } finally {
      setBusy(null);
    }
  };

  /** Somebody else was faster, time ran out, or the plan is another one: show what is so now. */
  const lookAgain = async () => {
    try {
      take(await api.get<Approval>(`/api/approvals/${encodeURIComponent(question.id)}`));
    } catch {
      // The problem on the card says enough.
    }
  };

  return {
    question,
    busy,
    problem,
    hasChanged: isNewer && latest.status === 'pending',
    approve: (reason) => void send('approve', reason),
    reject: (reason) => void send('reject', reason),
  };
}

const UNEXPECTED = {
  code: 'page.unexpected',
  status: 0,
  what: 'Could not send the decision',
  why: 'something went wrong on this page',
  next: 'Reload the page and look whether it was decided',
};
