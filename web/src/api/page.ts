/** One page of a list, as every list endpoint answers. */
export type PageOf<T> = { items: T[]; next_cursor?: string | null };

/** For `useInfiniteQuery`: where the next page begins, or nothing more. */
export const nextCursor = (page: PageOf<unknown>): string | undefined => page.next_cursor ?? undefined;
