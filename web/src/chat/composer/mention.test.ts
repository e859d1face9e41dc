import { expect, test } from 'vitest';
import { matching, mentionAt, withName } from './mention';

test('a mention begins at the start or after a space, and ends at the cursor', () => {
  expect(mentionAt('@sh', 3)).toEqual({ at: 0, typed: 'sh' });
  expect(mentionAt('why is @', 8)).toEqual({ at: 7, typed: '' });
  expect(mentionAt('mail me@example', 15)).toBeNull();
  expect(mentionAt('why is @shop slow', 17)).toBeNull();
});

test('the name takes the place of the mention, with one space after it', () => {
  const text = 'why is @sho slow';
  expect(withName(text, 11, { at: 7, typed: 'sho' }, 'shop-db')).toEqual({ text: 'why is shop-db slow', cursor: 15 });
  expect(withName('@s', 2, { at: 0, typed: 's' }, 'shop-db')).toEqual({ text: 'shop-db ', cursor: 8 });
});

test('names that begin with what was typed come first', () => {
  const all = [{ name: 'blog-shop' }, { name: 'shop-db' }, { name: 'orders' }];
  expect(matching(all, 'shop').map(({ name }) => name)).toEqual(['shop-db', 'blog-shop']);
});
