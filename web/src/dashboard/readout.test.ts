import { describe, expect, it } from 'vitest';
import { withUnit } from '@/ui/metric';
import { readoutOf } from './readout';

describe('the line beside a target', () => {
  it('prefers what says most', () => {
    const latency = {
      name: 'latency',
      unit: 'ms',
      points: [
        [1, 4],
        [2, 7],
      ] as [number, number][],
    };
    const cpu = {
      name: 'cpu',
      unit: 'percent',
      points: [
        [1, 20],
        [2, 31.4],
      ] as [number, number][],
    };
    expect(readoutOf([latency, cpu])).toEqual({ name: 'CPU', values: [20, 31.4], last: '31 %' });
    expect(readoutOf([latency, { ...cpu, points: [] }])?.name).toBe('latency');
    expect(readoutOf([])).toBeNull();
  });

  it('writes numbers with their unit', () => {
    expect(withUnit(31.4, 'percent')).toBe('31 %');
    expect(withUnit(3, 'count')).toBe('3');
  });
});
