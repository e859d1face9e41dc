import { expect, it } from 'vitest';
import { quoted } from './drawer';

it('what is marked on a page comes along as a quote', () => {
  expect(quoted('one\n\ntwo')).toBe('> one\n>\n> two\n\n');
  const long = quoted('x'.repeat(5_000));
  expect(long.length).toBeLessThan(2_010);
  expect(long).toContain('…');
});
