// Where the focus is among the questions. Read from the page itself: it is the only truth about the focus.

/** Id of the row in focus, or null. */
export const rowInFocus = (): string | null =>
  document.activeElement?.closest<HTMLElement>('[data-approval-row]')?.dataset.approvalRow ?? null;

export function focusRow(id: string): void {
  const row = document.querySelector<HTMLElement>(`[data-approval-row="${CSS.escape(id)}"]`);
  row?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}

/** The card of the question that is open. */
export function focusCard(): void {
  document.querySelector<HTMLElement>('main [data-approval]')?.focus();
}
