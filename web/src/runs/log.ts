// Each event of a run as one sentence that a person can read.

import type { Tone } from '@/ui/tones';
import type { RunEvent } from './events';

export interface LogLine {
  text: string;
  tone: Tone;
  /** Further words, often long: why, what next, a reason. */
  more?: string;
}

const line = (text: string, tone: Tone = 'neutral', more?: string | null): LogLine =>
  more ? { text, tone, more } : { text, tone };
const failed = (text: string, problem: { why: string; next: string }) =>
  line(text, 'danger', [problem.why, problem.next].filter(Boolean).join('. '));

/** `tool` of the call is known from its row, so sentences do not repeat it. */
export function lineOf(event: RunEvent): LogLine {
  switch (event.type) {
    case 'started':
      return line(`${event.actor.name} asked`, 'neutral', event.text);
    case 'model_asked':
      return line(`Asked ${event.provider}, offering ${event.offered.length} tools`);
    case 'model_answered': {
      const calls = event.answer.tool_calls.map((call) => call.name).join(', ');
      return line(
        calls
          ? `${event.answer.model || event.answer.provider} asked for ${calls}`
          : `${event.answer.model || event.answer.provider} answered`,
        'neutral',
        event.answer.text,
      );
    }
    case 'model_failed':
      return failed('The model gave no answer', event.problem);
    case 'turn_began':
      return line(
        event.with_tools
          ? `Turn ${event.turn} began with the results so far`
          : `Turn ${event.turn} began, for the last answer, without tools`,
      );
    case 'call_refused':
      return failed(`The call ${event.call.name} was refused before it began`, event.problem);
    case 'proposed':
      return line(`Proposed on ${event.target.name}`);
    case 'planned':
      return line('Planned', 'neutral', event.plan?.summary);
    case 'plan_failed':
      return failed('No plan could be made', event.problem);
    case 'judged': {
      const rules = event.verdict.rules.map((rule) => rule.id).join(', ');
      const words = { allow: 'allowed without asking', ask: 'a person has to approve', deny: 'not allowed' }[
        event.verdict.decision
      ];
      return line(
        `Judged ${event.verdict.risk} risk: ${words}`,
        event.verdict.decision === 'deny' ? 'danger' : 'neutral',
        rules && `By ${rules}`,
      );
    }
    case 'approval_requested':
      return line('Asked for approval', 'warning');
    case 'decided':
      return line(
        `${event.approved ? 'Approved' : 'Rejected'} by ${event.by_name}`,
        event.approved ? 'success' : 'warning',
        event.reason,
      );
    case 'approval_expired':
      return line('Nobody decided in time; nothing was done', 'warning');
    case 'approval_cancelled':
      return line('The question was withdrawn; nothing was done', 'warning');
    case 'granted':
      return line(
        event.by.by === 'person'
          ? `Permission given, on ${event.by.name}’s word`
          : `Permission given by the rule ${event.by.rule_id}`,
      );
    case 'query_started':
      return line('Began to read', 'info');
    case 'query_answered':
      return line('Answered', 'success', event.summary);
    case 'query_failed':
      return failed('Reading failed', event.problem);
    case 'intent_recorded':
      return line(
        event.grant_use === 'perform'
          ? 'Recorded what is about to be done, then began'
          : 'Began to clean up what was left behind',
        'info',
      );
    case 'recheck_failed':
      return failed('Something had changed since the plan was made; nothing was done', event.problem);
    case 'secret_left':
      return line('Left a secret for a person to see once', 'neutral', event.label);
    case 'performed':
      return line('Carried out', 'neutral', event.receipt.sentence);
    case 'perform_failed':
      return failed('Carrying it out stopped', event.problem);
    case 'interrupted':
      return line('The report was lost; the target is looked at instead of acting again', 'warning');
    case 'verified': {
      const { verification } = event;
      if (verification.result === 'holds') return line('Verified: it is as planned', 'success', verification.sentence);
      if (verification.result === 'does_not_hold')
        return line('Verified: it is not as planned', 'danger', verification.sentence);
      return line('It cannot be known from here whether it was done', 'warning', verification.sentence);
    }
    case 'cleaned_up':
      return line('Cleaned up', 'neutral', event.sentence);
    case 'clean_up_failed':
      return failed('Cleaning up failed', event.problem);
    case 'call_ended':
      return line(
        'Ended',
        event.outcome === 'completed'
          ? 'success'
          : event.outcome === 'failed' || event.outcome === 'denied'
            ? 'danger'
            : 'warning',
        event.summary,
      );
    case 'cancel_requested':
      return line(`${event.by_name} stopped the run`, 'warning');
    case 'attempt_refused':
      return failed(`An attempt by ${event.by_name} was refused; nothing happened`, event.problem);
    case 'run_ended':
      if (event.status === 'completed') return line('The run is complete', 'success');
      if (event.status === 'cancelled') return line('The run was stopped', 'warning', event.problem?.why);
      return event.problem ? failed('The run failed', event.problem) : line('The run failed', 'danger');
  }
}
