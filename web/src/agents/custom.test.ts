import { describe, expect, it } from 'vitest';
import { missingNames, nameOf, parametersOf, rowsOf } from './custom';

describe('a saved query', () => {
  it('has a name made of its title', () => {
    expect(nameOf('Orders by status')).toBe('orders_by_status');
    expect(nameOf('7 days: orders!')).toBe('days_orders');
  });

  it('keeps its parameters through the form', () => {
    const parameters = [
      { name: 'status', type: 'text' as const, description: 'Which' },
      { name: 'limit', type: 'integer' as const, description: '', default: 20 as never },
      { name: 'paid', type: 'boolean' as const, description: '', default: false as never },
    ];
    expect(parametersOf(rowsOf(parameters))).toEqual(parameters);
  });

  it('finds the places of values that have no parameter yet', () => {
    const statement = "SELECT a::text, ':no' FROM t WHERE s = :status AND n < :limit -- :comment";
    expect(missingNames(statement, rowsOf([{ name: 'limit', type: 'integer', description: '' }]))).toEqual(['status']);
  });
});
