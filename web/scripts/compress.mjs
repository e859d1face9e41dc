// Writes a .br (brotli 11) and a .gz (gzip 9) beside every file of dist that compresses. The server embeds only these.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const COMPRESSIBLE = /\.(js|css|html|svg|json|txt|webmanifest|map)$/;
const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

async function compress(file) {
  const data = readFileSync(file);
  const [br, gz] = await Promise.all([
    brotli(data, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
      },
    }),
    zip(data, { level: 9 }),
  ]);
  writeFileSync(`${file}.br`, br);
  writeFileSync(`${file}.gz`, gz);
  return { raw: data.length, br: br.length, gz: gz.length };
}

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const files = readdirSync(dist, { recursive: true })
  .map((name) => join(dist, String(name)))
  .filter((name) => COMPRESSIBLE.test(name));
const sums = { raw: 0, br: 0, gz: 0 };
const queue = [...files];
async function work() {
  for (let file = queue.pop(); file; file = queue.pop()) {
    const sizes = await compress(file);
    for (const [kind, size] of Object.entries(sizes)) sums[kind] += size;
  }
}
const before = performance.now();
await Promise.all(Array.from({ length: availableParallelism() }, work));
const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;
console.log(
  `compressed ${files.length} files in ${((performance.now() - before) / 1000).toFixed(1)} s: ` +
    `${kib(sums.raw)} → ${kib(sums.br)} brotli, ${kib(sums.gz)} gzip`,
);
