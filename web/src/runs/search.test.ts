import { expect, test } from 'vitest';
import { readRunSearch, readRunsSearch, statusesOf, toServer } from './search';

test('several states are in the address, and only states', () => {
  const search = readRunsSearch({
    status: 'failed,executing,nonsense',
    q: 12,
    target: ' shop-db ',
    since: '7d',
    other: 'x',
  });
  expect(search).toEqual({ status: 'failed,executing', q: '12', target: 'shop-db', since: '7d' });
  expect(statusesOf(search)).toEqual(['failed', 'executing']);
});

test('what is not understood is left out', () => {
  expect(readRunsSearch({ status: 'x', q: '', since: '3y', target: ['a'] })).toEqual({});
  expect(readRunSearch({ step: 5 })).toEqual({});
});

test('the server is asked for a moment', () => {
  expect(toServer({ status: 'failed', since: '24h' }, new Date('2026-11-21T12:00:31Z'))).toEqual({
    status: 'failed',
    from: '2026-11-20T12:00:00.000Z',
  });
});
