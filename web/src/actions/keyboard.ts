import { readStored } from '@/ui/stored';
import { type Action, allActions, type Overrides, shortcutOf } from './registry';

type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

const MODIFIERS = new Set(['Control', 'Meta', 'Alt', 'Shift', 'AltGraph', 'CapsLock', 'Dead', 'Process']);
/** A chord's second stroke must come within this. */
const CHORD_WITHIN = 1_200;

/** `mod+shift+k`; null for a modifier alone. Ctrl and ⌘ are both `mod`. Shift counts only with letters and named keys. */
export function strokeOf(press: Press): string | null {
  if (MODIFIERS.has(press.key)) return null;
  const key = press.key === ' ' ? 'space' : press.key.toLowerCase();
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase();
  const parts: string[] = [];
  if (press.ctrlKey || press.metaKey) parts.push('mod');
  if (press.altKey) parts.push('alt');
  if (press.shiftKey && !isSign) parts.push('shift');
  return [...parts, key].join('+');
}

type Place = { isTyping: boolean; isTerminal: boolean; isInLayer: boolean };

function placeOf(target: EventTarget | null): Place {
  if (!(target instanceof Element)) return { isTyping: false, isTerminal: false, isInLayer: false };
  const field = target.closest('input, textarea, select, [contenteditable="true"]');
  const isButtonLike = field instanceof HTMLInputElement && /^(checkbox|radio|button|submit|range)$/.test(field.type);
  return {
    isTyping: field !== null && !isButtonLike,
    isTerminal: target.closest('[data-terminal]') !== null,
    isInLayer: target.closest('[data-modal], [role="menu"], [role="listbox"]') !== null,
  };
}

/** Whether keys that stand alone are meant for what has the focus, not for us. */
function isFree(action: Action, keys: string, place: Place): boolean {
  const hasModifier = /(^| )(mod|alt)\+/.test(keys);
  if (place.isTerminal) return keys.startsWith('mod+shift+');
  if (hasModifier || action.worksWhileTyping) return true;
  return !place.isTyping && !place.isInLayer;
}

export type Result = { action?: Action; pending: string };

/** What a stroke does, given the strokes before it. */
export function resolve(list: Action[], overrides: Overrides, pending: string, stroke: string, place: Place): Result {
  for (const keys of pending ? [`${pending} ${stroke}`, stroke] : [stroke]) {
    const able = list.filter((action) => {
      const own = shortcutOf(action, overrides);
      return own !== undefined && isFree(action, own, place) && action.when?.() !== false;
    });
    const exact = able.find((action) => shortcutOf(action, overrides) === keys);
    if (exact) return { action: exact, pending: '' };
    if (able.some((action) => shortcutOf(action, overrides)?.startsWith(`${keys} `))) return { pending: keys };
  }
  return { pending: '' };
}

/** Listens on the whole page, before anything in it. Returns what ends that. */
export function startKeyboard(): () => void {
  let pending = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const press = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.repeat || event.getModifierState?.('AltGraph')) return;
    // Somebody is choosing a key in the list of shortcuts.
    if (document.documentElement.dataset.recording !== undefined) return;
    const stroke = strokeOf(event);
    if (stroke === null) return;
    const result = resolve(
      allActions(),
      readStored<Overrides>('shortcuts', {}),
      pending,
      stroke,
      placeOf(event.target),
    );
    clearTimeout(timer);
    pending = result.pending;
    if (pending) timer = setTimeout(() => (pending = ''), CHORD_WITHIN);
    if (!result.action) {
      if (pending) event.preventDefault();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    result.action.perform();
  };
  window.addEventListener('keydown', press, { capture: true });
  return () => {
    clearTimeout(timer);
    window.removeEventListener('keydown', press, { capture: true });
  };
}
