import { expect, test } from 'vitest';
import { calls } from '@/gallery/calls';
import { elapsedMs, isOver, opensByItself, STATE_WORDS, stateOf } from './state';
import type { Call } from './wire';

const stateNamed = (name: string) => stateOf(calls.find(([own]) => own === name)?.[1] as Call);

test.each([
  'proposed',
  'planned',
  'judged',
  'waiting',
  'approved',
  'running',
  'verifying',
  'denied',
  'rejected',
  'expired',
  'cancelled',
  'failed',
  'unknown',
])('a call that is %s is told so', (name) => {
  expect(stateNamed(name)).toBe(name);
});

test('a change that was carried out is being verified', () => {
  const [, running] = calls.find(([name]) => name === 'running') as [string, Call];
  expect(stateOf({ ...running, is_verifying: true })).toBe('verifying');
});

test('a completed call is done', () => {
  expect(stateNamed('done, a change')).toBe('done');
});

test('every state has words of its own', () => {
  const words = Object.values(STATE_WORDS).map(({ word }) => word);
  expect(new Set(words).size).toBe(words.length);
});

test('what went wrong opens by itself, what a person decided does not', () => {
  expect((['failed', 'denied', 'unknown', 'rejected', 'done', 'running'] as const).map(opensByItself)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(isOver('verifying')).toBe(false);
});

test('the time of a call is its work, not the wait for a person', () => {
  const [, call] = calls.find(([name]) => name === 'done, a change') as [string, Call];
  const at = (seconds: number) => new Date(1_000_000 + seconds * 1000).toISOString();
  const worked: Call = {
    ...call,
    execution: { ...call.execution, created_at: at(0), updated_at: at(70) },
    approval: { ...(call.approval as NonNullable<Call['approval']>), decided_at: at(60) },
  };
  expect(elapsedMs(worked, 'done', 0)).toBe(10_000);
  expect(elapsedMs(worked, 'rejected', 0)).toBeNull();
  expect(elapsedMs(worked, 'running', 1_000_000 + 63_700)).toBe(3000);
  expect(elapsedMs(worked, 'running', 1_000_000 + 60_200)).toBeNull();
});
