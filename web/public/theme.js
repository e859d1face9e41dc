// Runs before the page is drawn, so that a dark page never flashes white. src/shell/theme.ts writes what is read here.
(() => {
  let choice = 'system';
  try {
    choice = localStorage.getItem('steersman.theme') ?? 'system';
  } catch {
    // No storage (a locked-down browser): follow the system.
  }
  const isDark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  const colour = document.querySelector('meta[name="theme-color"]');
  if (colour) colour.setAttribute('content', isDark ? '#131417' : '#fbfbfc');
})();
