import { useActions } from './registry';

const ROW = 'main [role="row"][tabindex="0"]';

/** `j` goes into the page's table as long as the focus is elsewhere. Inside, the table's own keys move on. */
export function useTableKeys(id: string, name: string, when: () => boolean = () => true): void {
  useActions([
    {
      id,
      name,
      group: 'This page',
      shortcut: 'j',
      isKeyOnly: true,
      when: () => when() && document.querySelector(ROW) !== null && !document.activeElement?.closest('[role="row"]'),
      perform: () => document.querySelector<HTMLElement>(ROW)?.focus(),
    },
  ]);
}
