import { describe, expect, it } from 'vitest';
import { effectWord, listOf, newRule, whenWords } from './ruleWords';

const when = newRule('x').when;

describe('a rule in words', () => {
  it('says what it matches', () => {
    expect(whenWords(when)).toBe('every call');
    expect(whenWords({ ...when, kind: 'change', risk_at_least: 'high' })).toBe('changes with high risk or more');
    expect(whenWords({ ...when, tools: ['postgres.*'], environments: ['staging', 'test'] })).toBe(
      'postgres.* in staging, test',
    );
    expect(
      whenWords({ ...when, risk_at_least: 'low', risk_at_most: 'low', roles: ['viewer'], targets: ['shop-*'] }),
    ).toBe('every call with low risk on shop-* asked by viewer');
    expect(whenWords({ ...when, kind: 'query', risk_at_most: 'low' })).toBe('queries with low risk');
    expect(whenWords({ ...when, risk_at_least: 'critical' })).toBe('every call with critical risk');
    expect(whenWords({ ...when, risk_at_least: 'low', risk_at_most: 'medium' })).toBe(
      'every call with low to medium risk',
    );
  });

  it('says what follows', () => {
    expect(effectWord({ say: 'ask', second_person: true }).more).toBe('waits for a person; not the one who asked');
    expect(effectWord({ say: 'relax' }).more).toContain('never over a deny');
    expect(effectWord({ say: 'deny' }).tone).toBe('danger');
    expect(effectWord({ say: 'allow' }).word).toBe('allow');
  });

  it('reads a list as people write it', () => {
    expect(listOf(' a, b ,,c ')).toEqual(['a', 'b', 'c']);
    expect(listOf('')).toEqual([]);
  });
});
