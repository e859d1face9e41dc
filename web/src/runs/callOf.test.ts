import { expect, test } from 'vitest';
import type { ExecutionView } from '@/api/schema';
import { callOf } from './callOf';
import type { RunEvent, RunRecord } from './events';
import { lineOf } from './log';

const AT = '2026-11-21T10:00:00Z';
const records = (...events: unknown[]): RunRecord[] =>
  events.map((event, index) => ({
    run_id: 'r',
    session_id: null,
    seq: index + 1,
    position: index + 1,
    at: AT,
    event: event as RunEvent,
  }));
const execution = { id: 'e', verdict: { risk: 'medium' } } as unknown as ExecutionView;
const asker = { id: 'u', name: 'dora' };
const asked = { type: 'approval_requested', execution_id: 'e', approval_id: 'a', expires_at: AT };

test('a question that waits says who asks', () => {
  expect(callOf(execution, records(asked), asker).approval).toEqual({
    id: 'a',
    status: 'pending',
    risk: 'medium',
    expires_at: AT,
    requested_by: 'u',
    requested_by_name: 'dora',
  });
});

test('a decision says who, when and why', () => {
  const call = callOf(
    execution,
    records(asked, {
      type: 'decided',
      execution_id: 'e',
      approval_id: 'a',
      approved: false,
      by: 'v',
      by_name: 'root',
      reason: 'no',
    }),
    asker,
  );
  expect(call.approval).toMatchObject({ status: 'rejected', decided_by_name: 'root', decided_at: AT, reason: 'no' });
  expect(
    callOf(execution, records(asked, { type: 'approval_expired', execution_id: 'e', approval_id: 'a' }), asker).approval
      ?.status,
  ).toBe('expired');
});

test('what let it through and what was looked at afterwards are told', () => {
  const verification = { result: 'cannot_tell', sentence: 'No answer.' };
  const call = callOf(
    execution,
    records(
      { type: 'granted', execution_id: 'e', by: { by: 'rule', rule_id: 'x' } },
      { type: 'verified', execution_id: 'e', verification },
    ),
    asker,
  );
  expect(call).toMatchObject({ granted_by: { rule_id: 'x' }, verification });
});

test('a failure in the log says why and what to do', () => {
  const line = lineOf({
    type: 'query_failed',
    execution_id: 'e',
    problem: { code: 'x.y', what: 'w', why: 'it is gone', next: 'Look again' },
  });
  expect(line).toEqual({ text: 'Reading failed', tone: 'danger', more: 'it is gone. Look again' });
});
