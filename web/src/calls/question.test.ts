import { expect, test } from 'vitest';
import { approvals, calls } from '@/gallery/calls';
import { planText } from './planText';
import { isMarked } from './pointers';
import { missing, type Question, questionOfApproval, questionOfCall, whoMay, whyNot } from './question';
import type { Approval, Call } from './wire';

const question = (id: string): Question => questionOfApproval(approvals.find((one) => one.id === id) as Approval);
const ana = { id: 'user-ana', mayDecide: true };

test('a role without the right can do neither', () => {
  const { approve, reject } = whyNot(question('approval-medium'), { id: 'user-vi', mayDecide: false });
  expect([approve !== null, reject !== null]).toEqual([true, true]);
  expect(whyNot(question('approval-medium'), null).approve).not.toBeNull();
});

test('who asked may not approve where a second person is needed, but may reject', () => {
  expect(whyNot(question('approval-own'), ana)).toEqual({
    approve: expect.stringContaining('somebody else'),
    reject: null,
  });
  expect(whyNot(question('approval-own'), { id: 'user-bo', mayDecide: true })).toEqual({ approve: null, reject: null });
  expect(whoMay(question('approval-own'))).toContain('other than Ana');
});

test('a critical change needs a reason and the target’s exact name', () => {
  const critical = question('approval-critical');
  expect(missing(critical, '  ', 'Orders-DB')).toEqual({
    reason: expect.any(String),
    name: expect.stringContaining('orders-db'),
  });
  expect(missing(critical, 'because', ' orders-db ')).toEqual({ reason: null, name: null });
  expect(missing(question('approval-medium'), '', '')).toEqual({ reason: null, name: null });
});

test('a call asks only when it holds all that a decision needs', () => {
  const waiting = calls.find(([name]) => name === 'waiting')?.[1] as Call;
  expect(questionOfCall(waiting)?.digest).toBe(waiting.execution.digest);
  expect(questionOfCall({ ...waiting, execution: { ...waiting.execution, plan: null } })).toBeNull();
  expect(questionOfCall({ execution: waiting.execution })).toBeNull();
});

test('an argument is marked when it, or something in it, came from a target', () => {
  expect([
    isMarked('columns', ['/columns/0']),
    isMarked('column', ['/columns']),
    isMarked('a/b', ['/a~1b']),
    isMarked('table', []),
  ]).toEqual([true, false, true, false]);
});

test('a plan as text says what runs and how to get back', () => {
  const { plan, risk } = question('approval-critical');
  expect(planText(plan, risk)).toContain('DROP TABLE public.orders_archive_2019 CASCADE');
  expect(planText(plan, risk)).toContain('Cannot be undone');
});
