const IS_APPLE = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

const CAPS: Record<string, string> = {
  mod: IS_APPLE ? '⌘' : 'Ctrl',
  ctrl: IS_APPLE ? '⌃' : 'Ctrl',
  alt: IS_APPLE ? '⌥' : 'Alt',
  shift: IS_APPLE ? '⇧' : 'Shift',
  enter: '↵',
  escape: 'Esc',
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
  backspace: '⌫',
  space: 'Space',
};

/** `mod+shift+k` → `["Ctrl", "Shift", "K"]` (⌘ on a Mac); chords such as `g d` give one cap a stroke. */
export function keyCaps(keys: string): string[] {
  return keys
    .split(' ')
    .flatMap((stroke) => (stroke === '+' ? ['+'] : stroke.split('+')))
    .map((key) => CAPS[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}

export const isApple = IS_APPLE;
