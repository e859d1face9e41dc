// The gallery of blocks and cards, built as the page is and served under the page's own content policy.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const WEB = fileURLToPath(new URL('..', import.meta.url));
const POLICY =
  "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

/** `{url, close}`; the build is kept in a folder of its own until then. */
export async function startGallery() {
  const folder = await mkdtemp(join(tmpdir(), 'gallery-'));
  await build({
    root: WEB,
    configFile: false,
    logLevel: 'error',
    plugins: [react(), tailwindcss()],
    resolve: { alias: { '@': join(WEB, 'src') } },
    define: { __BUILD_TIME__: '"test"' },
    build: { target: 'es2023', assetsInlineLimit: 0, outDir: folder, emptyOutDir: true, reportCompressedSize: false, chunkSizeWarningLimit: 2000, rolldownOptions: { input: join(WEB, 'gallery.html') } },
  });
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://gallery').pathname;
    try {
      const body = await readFile(join(folder, path));
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'content-security-policy': POLICY });
      response.end(body);
    } catch {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
