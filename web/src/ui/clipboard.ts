/** Puts text on the clipboard; false when the browser refuses. On plain HTTP from another machine there is no
 * `navigator.clipboard`, so a hidden field is selected and copied instead. */
export async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused (no focus, no permission): try the old way.
  }
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'fixed top-0 left-0 opacity-0';
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  let isDone = false;
  try {
    isDone = document.execCommand('copy');
  } catch {
    isDone = false;
  }
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return isDone;
}
