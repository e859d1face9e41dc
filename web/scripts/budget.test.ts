import { expect, test } from 'vitest';
// @ts-expect-error a plain script without types
import { report } from './budget.mjs';

const manifest = {
  'index.html': {
    file: 'index.js',
    isEntry: true,
    imports: ['_shared.js'],
    dynamicImports: ['src/routes/index.tsx?tsr-split=component'],
  },
  '_shared.js': { file: 'shared.js' },
  '_table.js': { file: 'table.js', imports: ['_shared.js'] },
  'src/routes/index.tsx?tsr-split=component': { file: 'home.js', imports: ['_shared.js'] },
  'src/routes/runs.tsx?tsr-split=component': { file: 'runs.js', imports: ['_shared.js', '_table.js'] },
};
const sizes: Record<string, number> = { 'index.js': 100, 'shared.js': 10, 'table.js': 5, 'home.js': 3, 'runs.js': 2 };

test('the first page is the entry, its own route and what both need, counted once', () => {
  const [first] = report(manifest, (file: string) => sizes[file]);
  expect(first).toMatchObject({ name: 'first page', bytes: 113 });
});

test('another route counts only what the first page has not loaded', () => {
  const rows = report(manifest, (file: string) => sizes[file]);
  expect(rows.slice(1)).toMatchObject([{ name: 'runs', bytes: 7 }]);
});
