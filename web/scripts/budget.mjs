// Holds the page to its size: what the first page loads, and what each other page adds to it. Brotli, JavaScript only.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FIRST_PAGE_KIB = 270;
const EACH_ROUTE_KIB = 60;
const FIRST_ROUTE = 'src/routes/index.tsx';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** The chunks that are loaded with one: itself and, through static imports, all below it. */
export function closure(manifest, key, found = new Set()) {
  if (found.has(key) || !manifest[key]) return found;
  found.add(key);
  for (const below of manifest[key].imports ?? []) closure(manifest, below, found);
  return found;
}

/** The file of a route as the router plugin names its part: `src/routes/runs.index.tsx?tsr-split=component`. */
const routeOf = (key) => /^(src\/routes\/[^?]+\.tsx)\?tsr-split=/.exec(key)?.[1];

export function report(manifest, sizeOf) {
  const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
  const shared = closure(manifest, entry);
  const routes = new Map();
  for (const key of Object.keys(manifest)) {
    const route = routeOf(key);
    if (route) routes.set(route, closure(manifest, key, routes.get(route) ?? new Set()));
  }
  const sum = (keys) => [...keys].reduce((total, key) => total + sizeOf(manifest[key].file), 0);
  const first = new Set([...shared, ...(routes.get(FIRST_ROUTE) ?? [])]);
  const rows = [{ name: 'first page', bytes: sum(first), limit: FIRST_PAGE_KIB * 1024 }];
  for (const [route, keys] of [...routes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (route === FIRST_ROUTE) continue;
    const own = [...keys].filter((key) => !first.has(key));
    const name = route.replace('src/routes/', '').replace('.tsx', '');
    rows.push({ name, bytes: sum(own), limit: EACH_ROUTE_KIB * 1024 });
  }
  return rows;
}

function main() {
  const path = `${dist}manifest.json`;
  if (!existsSync(path)) throw new Error('dist/manifest.json is missing: run vite build first');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  const sizeOf = (file) => {
    const name = `${dist}${file}.br`;
    if (!existsSync(name)) throw new Error(`${name} is missing: run scripts/compress.mjs first`);
    return file.endsWith('.js') ? statSync(name).size : 0;
  };
  const rows = report(manifest, sizeOf);
  const kib = (bytes) => (bytes / 1024).toFixed(1).padStart(7);
  for (const { name, bytes, limit } of rows) {
    console.log(`${name.padEnd(28)} ${kib(bytes)} KiB of ${kib(limit)}${bytes > limit ? '  TOO LARGE' : ''}`);
  }
  if (rows.some(({ bytes, limit }) => bytes > limit)) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
