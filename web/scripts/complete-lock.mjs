// Adds the entries that a registry without every platform's packages leaves out of package-lock.json.
// `npm ci` refuses a lock in which an optional dependency has no entry, on every platform.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const SYSTEMS = [
  ['android', /android/],
  ['darwin', /darwin/],
  ['win32', /win32|windows/],
  ['freebsd', /freebsd/],
  ['netbsd', /netbsd/],
  ['openbsd', /openbsd/],
  ['openharmony', /openharmony|ohos/],
  ['sunos', /sunos/],
  ['aix', /aix/],
  ['linux', /linux/],
];
const PROCESSORS = [
  ['arm64', /arm64|aarch64/],
  ['x64', /x64|x86_64/],
  ['ia32', /ia32|i686/],
  ['riscv64', /riscv64/],
  ['ppc64', /ppc64/],
  ['s390x', /s390x/],
  ['loong64', /loong64/],
  ['mips64el', /mips64el/],
  ['wasm32', /wasm32|wasi/],
  ['arm', /arm/],
];

const firstMatch = (rows, name) => rows.find(([, pattern]) => pattern.test(name))?.[0];

/** Where npm would look for `name` from the package at `path`: its own folder first, then each one above. */
export function resolves(packages, path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (`${at ? `${at}/` : ''}node_modules/${name}` in packages) return true;
    if (!at.includes('/node_modules/')) return at === '' ? false : `node_modules/${name}` in packages;
  }
}

/** Every optional dependency without an entry: `{ owner, name, range, isDev }`. */
export function missing(lock) {
  const found = [];
  for (const [owner, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!resolves(lock.packages, owner, name)) found.push({ owner, name, range, isDev: entry.dev === true });
    }
  }
  return found;
}

export function complete(lock) {
  for (const { name, range, isDev } of missing(lock)) {
    const system = firstMatch(SYSTEMS, name);
    const processor = firstMatch(PROCESSORS, name);
    const entry = { version: range.replace(/^[\^~]/, ''), optional: true };
    if (isDev) entry.dev = true;
    if (system) entry.os = [system];
    if (processor) entry.cpu = [processor];
    if (system === 'linux' && /musl/.test(name)) entry.libc = ['musl'];
    if (system === 'linux' && /gnu/.test(name)) entry.libc = ['glibc'];
    lock.packages[`node_modules/${name}`] = entry;
  }
  for (const entry of Object.values(lock.packages)) delete entry.resolved;
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  return lock;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../package-lock.json', import.meta.url);
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const count = missing(lock).length;
  writeFileSync(file, `${JSON.stringify(complete(lock), null, 2)}\n`);
  console.log(`package-lock.json: ${count} entries added`);
}
