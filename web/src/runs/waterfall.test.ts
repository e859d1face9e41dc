import { describe, expect, test } from 'vitest';
import type { RunEvent, RunRecord } from './events';
import { withRecords } from './events';
import { spent, stepsOf } from './steps';
import { axisOf, barsOf, busySpans, placeOf, ticksOf } from './waterfall';

const START = Date.parse('2026-11-21T10:00:00Z');

/** Records from pairs of milliseconds since the start and an event. */
const log = (...events: [number, unknown][]): RunRecord[] =>
  events.map(([ms, event], index) => ({
    run_id: 'r',
    session_id: null,
    seq: index + 1,
    position: index + 1,
    at: new Date(START + ms).toISOString(),
    event: event as RunEvent,
  }));

const target = { id: 't', name: 'shop-db', plugin: 'postgres', environment: 'production', revision: 1 };
const verdict = {
  decision: 'ask',
  risk: 'medium',
  risk_reasons: [],
  rules: [],
  reason_required: false,
  second_person: false,
  policy_revision: 1,
};
const proposed = (execution_id: string) => ({
  type: 'proposed',
  execution_id,
  tool: 'postgres.create_index',
  tool_kind: 'change',
  target,
  arguments: {},
});

/** Asked at 0, planned for 100 ms, waited 10 minutes, ran 400 ms, was verified for 100 ms. */
const APPROVED = log(
  [0, { type: 'started', actor: { user_id: 'u', name: 'root', face: 'page' }, text: 'fix it' }],
  [0, { type: 'model_asked', turn: 1, provider: 'local', offered: [] }],
  [
    200,
    {
      type: 'model_answered',
      turn: 1,
      message_id: 'm',
      answer: { provider: 'local', model: 'local', text: '', tool_calls: [], finish: 'tool_calls', usage: {} },
    },
  ],
  [200, proposed('e1')],
  [300, { type: 'planned', execution_id: 'e1', plan: {}, digest: 'd' }],
  [300, { type: 'judged', execution_id: 'e1', verdict }],
  [300, { type: 'approval_requested', execution_id: 'e1', approval_id: 'a', expires_at: '' }],
  [600_300, { type: 'decided', execution_id: 'e1', approval_id: 'a', approved: true, by: 'u', by_name: 'root' }],
  [600_300, { type: 'granted', execution_id: 'e1', by: { by: 'person', user_id: 'u', name: 'root' } }],
  [600_300, { type: 'intent_recorded', execution_id: 'e1', grant_use: 'perform' }],
  [600_700, { type: 'performed', execution_id: 'e1', receipt: { sentence: '', elapsed_ms: 400 } }],
  [600_800, { type: 'verified', execution_id: 'e1', verification: { result: 'holds', sentence: '', evidence: [] } }],
  [600_800, { type: 'call_ended', execution_id: 'e1', outcome: 'completed', summary: 'Done.' }],
  [600_800, { type: 'run_ended', status: 'completed' }],
);

describe('steps', () => {
  test('a change is planned, waits, runs and is verified, each for its own time', () => {
    const [turn, call] = stepsOf(APPROVED);
    expect([turn?.id, turn?.kind, turn?.state]).toEqual(['turn-1', 'model', 'answered']);
    expect(call).toMatchObject({
      id: 'e1',
      kind: 'call',
      target: 'shop-db',
      state: 'completed',
      summary: 'Done.',
      turn: 1,
    });
    const now = START + 999_999_999;
    expect(
      (['planning', 'waiting', 'running', 'verifying'] as const).map((phase) => call && spent(call, phase, now)),
    ).toEqual([100, 600_000, 400, 100]);
  });

  test('a call that still waits is open and its wait grows', () => {
    const [, call] = stepsOf(APPROVED.slice(0, 7));
    expect(call?.state).toBe('waiting');
    expect(call?.to).toBeNull();
    expect(call && spent(call, 'waiting', START + 1300)).toBe(1000);
  });

  test('a rejected call never ran', () => {
    const records = [
      ...APPROVED.slice(0, 7),
      ...log(
        [900, { type: 'decided', execution_id: 'e1', approval_id: 'a', approved: false, by: 'u', by_name: 'root' }],
        [900, { type: 'call_ended', execution_id: 'e1', outcome: 'rejected', summary: 'No.' }],
      ),
    ];
    const call = stepsOf(records)[1];
    expect(call?.state).toBe('rejected');
    expect(call && spent(call, 'running', START + 5000)).toBe(0);
  });

  test('what a crash cut off is looked at, and can stay unknown', () => {
    const records = [
      ...APPROVED.slice(0, 10),
      ...log(
        [700_000, { type: 'interrupted', execution_id: 'e1' }],
        [
          700_500,
          { type: 'verified', execution_id: 'e1', verification: { result: 'cannot_tell', sentence: 'No answer.' } },
        ],
        [700_500, { type: 'call_ended', execution_id: 'e1', outcome: 'unknown', summary: 'It is not known.' }],
      ),
    ];
    const call = stepsOf(records)[1];
    expect(call?.state).toBe('unknown');
    expect(call && spent(call, 'verifying', START)).toBe(500);
  });

  test('the end of the run closes what has no end of its own', () => {
    const records = log(
      [0, { type: 'model_asked', turn: 1, provider: 'x', offered: [] }],
      [500, { type: 'run_ended', status: 'cancelled' }],
    );
    expect(stepsOf(records)[0]).toMatchObject({ state: 'cancelled', to: START + 500 });
  });

  test('records that come twice or late are put in their places once', () => {
    const whole = APPROVED.slice(0, 6);
    expect(withRecords(whole.slice(0, 4), whole.slice(2))).toEqual(whole);
    expect(withRecords(whole.slice(3), whole.slice(0, 3))).toEqual(whole);
    const same = withRecords(whole, whole.slice(0, 2));
    expect(same).toEqual(whole);
  });
});

describe('the axis', () => {
  const end = START + 600_800;
  const steps = stepsOf(APPROVED);

  test('work is joined across steps and waiting is not work', () => {
    expect(busySpans(steps, end).map(({ from, to }) => [from - START, to - START])).toEqual([
      [0, 300],
      [600_300, 600_800],
    ]);
  });

  test('plain, every second has the same width', () => {
    const axis = axisOf(steps, START, end, end, false);
    expect(placeOf(axis, START + 300_400)).toBeCloseTo(0.5, 6);
    expect(axis.isSqueezed).toBe(false);
  });

  test('squeezed, ten minutes of waiting leave most of the width to the work', () => {
    const axis = axisOf(steps, START, end, end, true);
    expect(axis.isSqueezed).toBe(true);
    expect(axis.pieces.map((piece) => piece.idle)).toEqual([false, true, false]);
    expect(axis.pieces.at(-1)?.end).toBeCloseTo(1, 9);
    const bars = barsOf(steps[1] as (typeof steps)[1], axis, end);
    const wait = bars.find((bar) => bar.phase === 'waiting');
    const run = bars.find((bar) => bar.phase === 'running');
    expect(wait?.ms).toBe(600_000);
    expect(wait?.width).toBeCloseTo(0.3, 6);
    expect(run?.width).toBeCloseTo(0.7 * (400 / 800), 6);
  });

  test('places never go back, and stay within the width', () => {
    const axis = axisOf(steps, START, end, end, true);
    let before = 0;
    for (let ms = -1000; ms <= 601_800; ms += 700) {
      const place = placeOf(axis, START + ms);
      expect(place).toBeGreaterThanOrEqual(before);
      expect(place).toBeLessThanOrEqual(1);
      before = place;
    }
  });

  test('short waits are not worth bending the axis for', () => {
    const quick = stepsOf(
      log(
        [0, { type: 'model_asked', turn: 1, provider: 'x', offered: [] }],
        [900, { type: 'model_answered', turn: 1, answer: {} }],
        [900, proposed('e')],
        [900, { type: 'approval_requested', execution_id: 'e' }],
        [1000, { type: 'decided', execution_id: 'e', approved: true }],
        [1000, { type: 'query_started', execution_id: 'e' }],
        [2000, { type: 'query_answered', execution_id: 'e', summary: '' }],
      ),
    );
    expect(axisOf(quick, START, START + 2000, START + 2000, true).isSqueezed).toBe(false);
  });

  test('a run that has only waited gives the wait everything', () => {
    const waiting = stepsOf(log([0, proposed('e')], [0, { type: 'approval_requested', execution_id: 'e' }]));
    const now = START + 60_000;
    const bars = barsOf(waiting[0] as (typeof waiting)[0], axisOf(waiting, START, now, now, true), now);
    expect(bars.at(-1)).toMatchObject({ phase: 'waiting', isOpen: true, ms: 60_000 });
    expect(bars.at(-1)?.width).toBeCloseTo(1, 6);
  });

  test('nothing has no length, and draws all the same', () => {
    const axis = axisOf([], START, START, START, true);
    expect(placeOf(axis, START)).toBe(0);
    expect(ticksOf(axis, 0.1)[0]).toEqual({ place: 0, ms: 0 });
  });

  test('marks are round, in order and apart', () => {
    const ticks = ticksOf(axisOf(steps, START, end, end, true), 0.1);
    expect(ticks.map(({ ms }) => ms % 100)).toEqual(ticks.map(() => 0));
    for (let at = 1; at < ticks.length; at += 1)
      expect((ticks[at]?.place ?? 0) - (ticks[at - 1]?.place ?? 0)).toBeGreaterThanOrEqual(0.09);
  });
});
