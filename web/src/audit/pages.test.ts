import { describe, expect, test } from 'vitest';
import {
  FIRST_SLOTS,
  firstRowOf,
  grown,
  isFar,
  knownRows,
  type PageSlot,
  placeOfRow,
  wantedPages,
  withLoaded,
} from './pages';

/** Slots of pages with these lengths, all loaded, the last without a successor. */
const slotsOf = (...lengths: number[]): PageSlot[] =>
  lengths.map((length, index) => ({
    cursor: index === 0 ? undefined : `c${index}`,
    length,
    next: index === lengths.length - 1 ? null : `c${index + 1}`,
  }));

describe('a long list in pages', () => {
  test('a loaded page tells where the next begins', () => {
    const loaded = withLoaded(FIRST_SLOTS, 0, { length: 200, next: 'c1' });
    expect(grown(loaded).at(-1)).toEqual({ cursor: 'c1', length: null, next: undefined });
    expect(grown(grown(loaded))).toEqual(grown(loaded));
  });

  test('the same page loaded again changes nothing', () => {
    const slots = slotsOf(200, 200);
    expect(withLoaded(slots, 1, { length: 200, next: null })).toBe(slots);
    expect(grown(slots)).toBe(slots);
  });

  test('rows are found across short and empty pages', () => {
    const slots = slotsOf(200, 0, 3, 200);
    expect(knownRows(slots)).toBe(403);
    expect(placeOfRow(slots, 199)).toEqual({ page: 0, offset: 199 });
    expect(placeOfRow(slots, 200)).toEqual({ page: 2, offset: 0 });
    expect(placeOfRow(slots, 203)).toEqual({ page: 3, offset: 0 });
    expect(placeOfRow(slots, 403)).toBeNull();
    expect(firstRowOf(slots, 3)).toBe(203);
  });

  test('far down, only pages near the eye and the newest are held', () => {
    const slots = slotsOf(...Array.from({ length: 500 }, () => 200));
    const wanted = wantedPages(slots, 60_010, 60_050);
    expect(wanted).toEqual([0, 299, 300, 301]);
    const held = slots.map((_, page) => page).filter((page) => !isFar(page, wanted));
    expect(held.length).toBeLessThanOrEqual(10);
    expect(held).toContain(0);
  });
});
