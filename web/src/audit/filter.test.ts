import { describe, expect, test } from 'vitest';
import {
  type AuditFilter,
  exportAddress,
  fromAddress,
  momentOf,
  readTyped,
  toServer,
  troubles,
  written,
} from './filter';

const NOW = new Date(2026, 10, 21, 15, 30);

describe('typed filters', () => {
  test('words with a name become filters and the rest is free text', () => {
    expect(readTyped('actor:root slow result:failure  orders').filter).toEqual({
      actor: 'root',
      result: 'failure',
      q: 'slow orders',
    });
  });

  test('quotes keep a value with spaces together, also without the closing one', () => {
    expect(readTyped('actor:"Ada Lovelace" x').filter).toEqual({ actor: 'Ada Lovelace', q: 'x' });
    expect(readTyped('actor:"Ada Love').filter).toEqual({ actor: 'Ada Love' });
  });

  test('names are read in any case, a name without a value filters nothing, the last of two counts', () => {
    expect(readTyped('Tool:postgres.kill run: risk:low risk:high').filter).toEqual({
      tool: 'postgres.kill',
      risk: 'high',
    });
  });

  test('an unknown name stays free text and is reported', () => {
    expect(readTyped('who:root http://x/y')).toEqual({
      filter: { q: 'who:root http://x/y' },
      unknown: ['who', 'http'],
    });
  });

  test('what is written reads back as the same filter', () => {
    const filters: AuditFilter[] = [
      {},
      { q: 'slow orders' },
      { actor: 'Ada Lovelace', action: 'approval.*', from: '7d', to: '2026-11-20', q: 'index' },
      { q: 'risk:high in words' },
      { run: '7ca6dc75-f84d-8392-826d-38aae180bda2', session: '4f56d95d-1b0c-84ea-bc8c-1b8716c71560' },
    ];
    for (const filter of filters) expect(readTyped(written(filter)).filter).toEqual(filter);
  });
});

describe('the address', () => {
  test('only known names with text are read from it', () => {
    expect(fromAddress({ actor: ' root ', risk: '', tool: ['x'], other: 'y', q: 12 })).toEqual({
      actor: 'root',
      q: '12',
    });
  });

  test('what is in the address comes back from it', () => {
    const filter = { actor: 'Ada & Bob', result: 'failure', q: 'a=b?c' };
    expect(fromAddress(Object.fromEntries(new URLSearchParams(filter)))).toEqual(filter);
  });
});

describe('times', () => {
  test('a day is the whole day in the own time zone', () => {
    expect(momentOf('2026-11-20', 'from', NOW)).toEqual(new Date(2026, 10, 20));
    expect(momentOf('2026-11-20', 'to', NOW)).toEqual(new Date(2026, 10, 21));
    expect(momentOf('today', 'to', NOW)).toEqual(new Date(2026, 10, 22));
    expect(momentOf('yesterday', 'from', NOW)).toEqual(new Date(2026, 10, 20));
  });

  test('how long ago counts from now', () => {
    expect(momentOf('30m', 'from', NOW)).toEqual(new Date(2026, 10, 21, 15, 0));
    expect(momentOf('1w', 'from', NOW)?.getTime()).toBe(NOW.getTime() - 604_800_000);
  });

  test('what is no time is none', () => {
    for (const text of ['2026-02-31', 'soon', '7', '2026-11', '2026-11-20Tx'])
      expect(momentOf(text, 'from', NOW)).toBeNull();
  });
});

describe('what the server is asked', () => {
  test('people are its user, times are moments', () => {
    expect(toServer({ actor: 'root', from: '2026-11-20T10:00:00Z', q: 'x' }, NOW)).toEqual({
      user: 'root',
      from: '2026-11-20T10:00:00.000Z',
      q: 'x',
    });
  });

  test('values that cannot be understood are told and not sent', () => {
    const filter = { risk: 'huge', result: 'ok', run: 'abc', from: 'soon', actor: 'root' };
    expect(Object.keys(troubles(filter)).sort()).toEqual(['from', 'result', 'risk', 'run']);
    expect(toServer(filter, NOW)).toEqual({ user: 'root' });
  });

  test('an export has the same filters and its format', () => {
    const address = new URL(
      exportAddress({ actor: 'Ada & Bob', action: 'tool.*', to: '2026-11-20T10:00:00Z' }, 'jsonl', NOW),
      'http://x',
    );
    expect(address.pathname).toBe('/api/audit/export');
    expect(Object.fromEntries(address.searchParams)).toEqual({
      user: 'Ada & Bob',
      action: 'tool.*',
      to: '2026-11-20T10:00:00.000Z',
      format: 'jsonl',
    });
    expect(exportAddress({}, 'csv', NOW)).toBe('/api/audit/export?format=csv');
  });
});
