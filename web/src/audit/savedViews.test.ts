import { expect, test } from 'vitest';
import { changeOf } from './change';
import { troubles } from './filter';
import { filterOf, GIVEN_VIEWS, nameOf, readViews, withView } from './savedViews';
import { readAuditSearch } from './search';

test('a view is kept under its name, and saved again in its place', () => {
  const once = withView(withView([], 'Mine', { risk: 'high' }), 'Other', { actor: 'root' });
  const twice = withView(once, ' Mine ', { risk: 'critical', q: 'drop' });
  expect(twice.map((view) => view.name)).toEqual(['Mine', 'Other']);
  expect(nameOf(twice, { q: 'drop', risk: 'critical' })).toBe('Mine');
  expect(nameOf(twice, {})).toBeNull();
});

test('what is stored by something else is not trusted', () => {
  expect(readViews([{ name: 'a', text: 'risk:low' }, { name: 1 }, null])).toEqual([{ name: 'a', text: 'risk:low' }]);
  expect(readViews('x')).toEqual([]);
});

test('the given views filter by what exists', () => {
  for (const view of GIVEN_VIEWS) {
    expect(Object.keys(filterOf(view)).length).toBeGreaterThan(0);
    expect(troubles(filterOf(view))).toEqual({});
  }
});

test('the address holds an entry and a view only where they make sense', () => {
  expect(readAuditSearch({ entry: '12', view: 'statistics', days: 7, risk: 'low' })).toEqual({
    entry: 12,
    view: 'statistics',
    days: 7,
    risk: 'low',
  });
  expect(readAuditSearch({ entry: -1, view: 'x', days: 30 })).toEqual({});
});

test('parameters with a before and an after are a change', () => {
  expect(changeOf({ before: { role: 'viewer' }, after: { role: 'owner' } })).toMatchObject({ kind: 'change' });
  expect(changeOf({ before: '2026-01-01' })).toMatchObject({ kind: 'values' });
  expect([null, undefined, '', {}, []].map(changeOf)).toEqual([null, null, null, null, null]);
});
