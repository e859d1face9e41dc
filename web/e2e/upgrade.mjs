// A go-between that can be slow, and that can act as if the server had been upgraded: another page, without the old parts.

import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import { connect } from 'node:net';

const ENTRY = /(<script[^>]+type="module"[^>]+src="\/assets\/)([^"]+)(")/;

/**
 * `{url, slow(ms), upgrade(), stop()}`: `slow` keeps back each answer of the API so long. After `upgrade` the page names another entry and its old parts are gone, until it is loaded again.
 */
export async function startGoBetween(target) {
  const { hostname, port } = new URL(target);
  let delay = 0;
  /** Between an upgrade and the reload: the page that is open is the old one. */
  let isOld = false;
  const sockets = new Set();
  const server = createServer(async (near, answer) => {
    const path = near.url.split('?')[0];
    const isPage = near.method === 'GET' && !path.startsWith('/api/') && !path.startsWith('/assets/') && path !== '/healthz';
    if (delay && path.startsWith('/api/')) await new Promise((wake) => setTimeout(wake, delay));
    if (isPage && near.headers['sec-fetch-mode'] === 'navigate') isOld = false;
    if (isOld && path.startsWith('/assets/')) {
      answer.writeHead(404).end();
      return;
    }
    const headers = { ...near.headers, ...(isPage ? { 'accept-encoding': 'identity' } : {}) };
    const far = ask({ hostname, port, method: near.method, path: near.url, headers }, async (got) => {
      if (!isPage || !isOld || !/html/.test(got.headers['content-type'] ?? '')) {
        answer.writeHead(got.statusCode, got.rawHeaders);
        got.pipe(answer);
        return;
      }
      let html = '';
      for await (const chunk of got) html += chunk;
      const { 'content-length': _, ...rest } = got.headers;
      answer.writeHead(got.statusCode, rest).end(html.replace(ENTRY, '$1newer-$2$3'));
    });
    far.on('error', () => answer.destroy());
    answer.on('close', () => far.destroy());
    near.pipe(far);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (near, socket, head) => {
    const far = connect(Number(port), hostname, () => {
      const lines = [`${near.method} ${near.url} HTTP/1.1`];
      for (let at = 0; at < near.rawHeaders.length; at += 2) lines.push(`${near.rawHeaders[at]}: ${near.rawHeaders[at + 1]}`);
      far.write(`${lines.join('\r\n')}\r\n\r\n`);
      far.write(head);
      far.pipe(socket).pipe(far);
    });
    far.on('error', () => socket.destroy());
    socket.on('error', () => far.destroy());
    socket.on('close', () => far.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    slow(ms) {
      delay = ms;
    },
    upgrade() {
      isOld = true;
    },
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
