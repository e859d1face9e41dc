import { describe, expect, test } from 'vitest';
import type { ApprovalView } from '@/api/schema';
import {
  matches,
  mayApprove,
  mayApproveTogether,
  nextQueue,
  type QueueItem,
  readApprovalsSearch,
  STAYS_MS,
} from './queue';

const NOW = Date.parse('2026-11-21T12:00:00Z');

/** A question asked so many minutes ago; it waits half an hour. */
const asked = (
  id: string,
  minutes: number,
  more: Partial<ApprovalView> & { second_person?: boolean } = {},
): ApprovalView => {
  const { second_person = false, ...rest } = more;
  return {
    id,
    risk: 'medium',
    requested_by: 'dora',
    requested_by_name: 'Dora',
    status: 'pending',
    created_at: new Date(NOW - minutes * 60_000).toISOString(),
    expires_at: new Date(NOW + (30 - minutes) * 60_000).toISOString(),
    plan: { target: { name: 'shop-db' } },
    verdict: { second_person, reason_required: false },
    ...rest,
  } as unknown as ApprovalView;
};

const none = () => undefined;
const ids = (items: QueueItem[]) => items.map((item) => item.view.id);
const first = (...views: ApprovalView[]) => nextQueue([], views, NOW, none, false);

describe('the queue', () => {
  test('what waits longest comes first', () => {
    expect(ids(first(asked('b', 2), asked('a', 9), asked('c', 1)))).toEqual(['a', 'b', 'c']);
  });

  test('a new question comes last and moves nothing', () => {
    const shown = first(asked('a', 9), asked('b', 2));
    expect(ids(nextQueue(shown, [asked('new', 0), asked('b', 2), asked('a', 9)], NOW, none, false))).toEqual([
      'a',
      'b',
      'new',
    ]);
  });

  test('one decided elsewhere keeps its place for a moment and then leaves', () => {
    const shown = first(asked('a', 9), asked('b', 5), asked('c', 1));
    const waiting = [asked('a', 9), asked('c', 1)];
    const after = nextQueue(shown, waiting, NOW, (id) => asked(id, 5, { status: 'approved' }), false);
    expect(ids(after)).toEqual(['a', 'b', 'c']);
    expect(after[1]).toMatchObject({ leftAt: NOW, view: { status: 'approved' } });
    expect(ids(nextQueue(after, waiting, NOW + STAYS_MS - 1, none, false))).toEqual(['a', 'b', 'c']);
    expect(ids(nextQueue(after, waiting, NOW + STAYS_MS, none, false))).toEqual(['a', 'c']);
  });

  test('nothing leaves from under the pointer', () => {
    const shown = first(asked('a', 9));
    const after = nextQueue(shown, [], NOW, none, true);
    expect(ids(nextQueue(after, [], NOW + 60_000, none, true))).toEqual(['a']);
    expect(nextQueue(after, [], NOW + 60_000, none, false)).toEqual([]);
  });

  test('a question whose time has passed waits no longer, whatever the list still says', () => {
    const view = asked('a', 29);
    const shown = first(view);
    expect(nextQueue(shown, [view], NOW + 61_000, none, false)[0]?.leftAt).toBe(NOW + 61_000);
    expect(first(asked('late', 31))).toEqual([]);
  });
});

describe('who may decide', () => {
  const dora = { id: 'dora', mayDecide: true };
  test('with four eyes it is somebody else', () => {
    expect(mayApprove(asked('a', 1), dora)).toBe(true);
    expect(mayApprove(asked('a', 1, { second_person: true }), dora)).toBe(false);
    expect(mayApprove(asked('a', 1), { id: 'x', mayDecide: false })).toBe(false);
  });

  test('only low risk may be approved together', () => {
    expect(mayApproveTogether([asked('a', 1, { risk: 'low' })], dora)).toBe(true);
    expect(mayApproveTogether([asked('a', 1, { risk: 'low' }), asked('b', 1)], dora)).toBe(false);
    expect(mayApproveTogether([], dora)).toBe(false);
  });

  test('filters are combined', () => {
    expect(matches(asked('a', 1), { risk: 'medium', target: 'shop-db', by: 'Dora', mine: true }, dora)).toBe(true);
    expect(matches(asked('a', 1), { risk: 'high' }, dora)).toBe(false);
    expect(matches(asked('a', 1, { second_person: true }), { mine: true }, dora)).toBe(false);
  });
});

test('the address is read with care', () => {
  expect(
    readApprovalsSearch({
      tab: 'decided',
      risk: 'high',
      target: 'shop-db',
      by: 7,
      mine: 'true',
      outcome: 'rejected',
      x: 1,
    }),
  ).toEqual({
    tab: 'decided',
    risk: 'high',
    target: 'shop-db',
    by: '7',
    mine: true,
    outcome: 'rejected',
  });
  expect(readApprovalsSearch({ tab: 'x', risk: 'huge', mine: 'no', outcome: '?' })).toEqual({});
});
