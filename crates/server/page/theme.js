// Runs before the first paint, so that a chosen theme shows without a flash. Not a module on purpose: modules wait.
(() => {
  const key = 'steersman.theme';
  const read = () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const apply = (choice) => {
    if (choice === 'light' || choice === 'dark') document.documentElement.dataset.theme = choice;
    else delete document.documentElement.dataset.theme;
  };
  apply(read());

  globalThis.steersmanTheme = {
    /** `light`, `dark` or `system`. */
    current: () => read() ?? 'system',
    set(choice) {
      try {
        if (choice === 'system') localStorage.removeItem(key);
        else localStorage.setItem(key, choice);
      } catch {
        // Private windows may refuse storage; the choice then lasts as long as the page.
      }
      apply(choice);
    },
  };
})();
