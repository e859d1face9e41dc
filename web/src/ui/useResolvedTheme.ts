import { useSyncExternalStore } from 'react';

function listen(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}

/** `light` or `dark`, as now shown. For what CSS variables cannot reach, such as a canvas. */
export function useResolvedTheme(): 'light' | 'dark' {
  return useSyncExternalStore(listen, () => (document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light'));
}
