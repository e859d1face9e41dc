// A very long list in pages, of which only those near the eye are kept. What is kept of the others is where they begin.

export interface PageSlot {
  cursor: string | undefined;
  /** Entries in it; null while it has never been loaded. */
  length: number | null;
  /** Where the page after it begins; null: it is the last one; undefined: not known yet. */
  next: string | null | undefined;
}

export const FIRST_SLOTS: PageSlot[] = [{ cursor: undefined, length: null, next: undefined }];

export interface Loaded {
  length: number;
  next: string | null;
}

/** The slots after page `index` was loaded. The same array comes back when nothing is new. */
export function withLoaded(slots: PageSlot[], index: number, { length, next }: Loaded): PageSlot[] {
  const slot = slots[index];
  if (!slot || (slot.length === length && slot.next === next)) return slots;
  return slots.with(index, { ...slot, length, next });
}

/** One page more, when the last one is loaded and has a successor. */
export function grown(slots: PageSlot[]): PageSlot[] {
  const last = slots.at(-1);
  return last && last.length !== null && last.next
    ? [...slots, { cursor: last.next, length: null, next: undefined }]
    : slots;
}

/** How many entries are known to be there. */
export const knownRows = (slots: PageSlot[]) => slots.reduce((sum, slot) => sum + (slot.length ?? 0), 0);

export interface Place {
  page: number;
  offset: number;
}

/** Where row `index` is. Pages may have any length, also none. */
export function placeOfRow(slots: PageSlot[], index: number): Place | null {
  let rest = index;
  for (const [page, slot] of slots.entries()) {
    const length = slot.length ?? 0;
    if (rest < length) return { page, offset: rest };
    rest -= length;
  }
  return null;
}

/** The row at which a page begins. */
export const firstRowOf = (slots: PageSlot[], page: number) => knownRows(slots.slice(0, page));

/** Pages on each side of those in view that stay loaded. */
const KEEP_NEAR = 3;

/**
 * Pages to have for the rows from `first` to `last`: those in view with one on each side, the newest one, and one that is
 * still unknown.
 */
export function wantedPages(slots: PageSlot[], first: number, last: number): number[] {
  const from = placeOfRow(slots, Math.max(0, first))?.page ?? slots.length - 1;
  const to = placeOfRow(slots, last)?.page ?? slots.length - 1;
  const wanted = new Set([0]);
  for (let page = Math.max(0, from - 1); page <= Math.min(slots.length - 1, to + 1); page += 1) wanted.add(page);
  if (slots.at(-1)?.length === null) wanted.add(slots.length - 1);
  return [...wanted].sort((one, other) => one - other);
}

/** Whether a page may be forgotten while these are wanted. */
export const isFar = (page: number, wanted: number[]) =>
  page !== 0 && wanted.every((one) => one === 0 || Math.abs(one - page) > KEEP_NEAR);
