/** Looks shared by everything that floats over the page: menus, lists of choices, pickers. */
export const popupLook =
  'float-in max-h-(--available-height) min-w-(--anchor-width) overflow-y-auto overscroll-contain rounded-lg bg-raised p-1 text-sm shadow-float outline-none';

export const itemLook =
  'flex min-h-8 cursor-default select-none items-center gap-2 rounded-md px-2 py-1 text-ink outline-none data-[disabled]:opacity-50 data-[highlighted]:bg-selected coarse:min-h-11 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-3';
