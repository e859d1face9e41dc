import { describe, expect, it } from 'vitest';
import { groupsOf } from './group';
import { tally, tallyOfOneTool } from './tally';
import type { Call } from './wire';

const call = (tool: string, target: string, status = 'completed', args: unknown = {}) =>
  ({ execution: { id: `${tool}${target}`, tool, target: { id: target }, arguments: args, status } }) as unknown as Call;

describe('calls of one tool on several targets', () => {
  it('belong together while they are neighbours', () => {
    const [a, b, c] = [call('t', 'a'), call('t', 'b'), call('t', 'c')];
    const other = call('u', 'a');
    expect([...groupsOf([a, undefined, b, c])]).toEqual([[0, [0, 2, 3]]]);
    expect([...groupsOf([a, null, b])]).toEqual([]);
    expect([...groupsOf([a, other, b, c])]).toEqual([[2, [2, 3]]]);
    expect([...groupsOf([a, call('t', 'b', 'completed', { limit: 1 })])]).toEqual([]);
    expect([...groupsOf([a, call('t', 'a')])]).toEqual([]);
  });

  it('are told in one line', () => {
    expect(tally([call('t', 'a'), call('t', 'b'), call('t', 'c'), call('t', 'd', 'failed')])).toBe(
      '4 targets: 3 done, 1 failed',
    );
    expect(tally([call('t', 'a'), call('t', 'b', 'executing')])).toBe('2 targets: 1 done, 1 running');
    expect(tallyOfOneTool([call('t', 'a'), call('t', 'b')])).toBe('2 targets: 2 done');
    expect(tallyOfOneTool([call('t', 'a'), call('t', 'a')])).toBeNull();
    expect(tallyOfOneTool([call('t', 'a'), call('u', 'b')])).toBeNull();
  });
});
