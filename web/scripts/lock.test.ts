import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
// @ts-expect-error a plain script without types
import { complete, missing } from './complete-lock.mjs';

const lockOf = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));

const web = new URL('..', import.meta.url);
const folders = ['.', ...readdirSync(web), ...readdirSync(new URL('tools', web)).map((name) => `tools/${name}`)];
const locks = folders.map((name) => `${name}/package-lock.json`).filter((name) => existsSync(new URL(name, web)));

test('the page and its generator of types have a lock', () => {
  expect(locks).toEqual(expect.arrayContaining(['./package-lock.json', 'tools/openapi/package-lock.json']));
});

describe.each(locks)('%s', (name) => {
  test('has an entry for every optional dependency, so that npm ci takes it on any platform', () => {
    expect(missing(lockOf(name))).toEqual([]);
  });

  test('names no registry', () => {
    expect(JSON.stringify(lockOf(name))).not.toContain('"resolved"');
  });
});

test('a missing platform package gets an entry that only its platform installs', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/tool': {
        optionalDependencies: { '@tool/linux-arm64-musl': '1.2.3', '@tool/darwin-x64': '^1.2.3' },
        dev: true,
      },
      'node_modules/@tool/darwin-x64': { version: '1.2.3', optional: true },
    },
  };
  expect(missing(lock)).toHaveLength(1);
  const packages = complete(lock).packages;
  expect(packages['node_modules/@tool/linux-arm64-musl']).toEqual({
    version: '1.2.3',
    optional: true,
    dev: true,
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['musl'],
  });
  expect(missing(lock)).toEqual([]);
});
