import { useCallback, useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

// The same key and the same rules as public/theme.js, which runs before the first paint.
const KEY = 'steersman.theme';
const GROUND = { light: '#fbfbfc', dark: '#131417' };
const listeners = new Set<() => void>();
const system = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : undefined;
let unsaved: Theme | undefined;

function chosen(): Theme {
  if (unsaved) return unsaved;
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

function apply(): void {
  const choice = chosen();
  const shown = choice === 'system' ? (system?.matches ? 'dark' : 'light') : choice;
  document.documentElement.dataset.theme = shown;
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', GROUND[shown]);
  for (const listener of [...listeners]) listener();
}

export function setTheme(theme: Theme): void {
  try {
    if (theme === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    unsaved = theme;
  }
  apply();
}

/** Follows the system's theme and other tabs' choice. Returns what ends that. */
export function startTheme(): () => void {
  const onStorage = (event: StorageEvent) => event.key === KEY && apply();
  system?.addEventListener('change', apply);
  window.addEventListener('storage', onStorage);
  return () => {
    system?.removeEventListener('change', apply);
    window.removeEventListener('storage', onStorage);
  };
}

/** The person's choice, for settings and the switch in the sidebar. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const listen = useCallback((listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return [useSyncExternalStore(listen, chosen), setTheme];
}
