import { type ClassValue, clsx } from 'clsx';
import { extendTailwindMerge } from 'tailwind-merge';

// Our own font sizes, so that `text-sm` and a colour such as `text-ink` are not taken for the same thing.
const merge = extendTailwindMerge({
  extend: { theme: { text: ['2xs', 'xs', 'sm', 'base', 'lg', 'xl'], shadow: ['float', 'thumb'] } },
});

/** Joins class names; a later utility wins over an earlier one of the same kind. */
export function cx(...names: ClassValue[]): string {
  return merge(clsx(names));
}
