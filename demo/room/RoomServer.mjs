// Serves the page and connects it to the conference: requests by POST, events by server-sent events (HTML Living Standard, 9.2).
// A visitor stays as long as its stream of events is open.
import fs from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import * as esbuild from 'esbuild';

// The largest requests carry RTP capabilities, about 10 KiB.
const kBodyLimit = 64 * 1024;
// Proxies close a stream that is silent for a minute.
const kHeartbeat = 15_000;
const kNameLimit = 40;

const folder = path.join(import.meta.dirname, 'page');

class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Builds the files of the page: path to { type, body }. */
async function loadPage() {
  const { outputFiles } = await esbuild.build({
    entryPoints: [path.join(folder, 'main.mjs')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: 'inline',
    write: false,
    logLevel: 'silent',
  });
  const read = name => fs.readFile(path.join(folder, name));
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: await read('index.html') }],
    ['/room.css', { type: 'text/css; charset=utf-8', body: await read('room.css') }],
    ['/main.js', { type: 'text/javascript; charset=utf-8', body: outputFiles[0].contents }],
  ]);
}

async function readJson(request) {
  // A form of another site cannot send this type without a preflight request.
  if (request.headers['content-type'] !== 'application/json') {
    throw new HttpError(415, 'send JSON');
  }
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > kBodyLimit) {
      throw new HttpError(413, 'too long');
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new HttpError(400, 'this is no JSON');
  }
}

export class RoomServer {
  #conference;
  #page;
  #http;
  #peers = new Map();

  /** @param {{conference: Conference, ip?: string, port?: number}} options port: 0 for any */
  static async start({ conference, ip = '127.0.0.1', port = 0 }) {
    const server = new RoomServer(conference, await loadPage());
    await server.#listen(ip, port);
    return server;
  }

  constructor(conference, page) {
    this.#conference = conference;
    this.#page = page;
    this.#http = http.createServer((request, response) => {
      this.#serve(request, response).catch(error => this.#refuse(response, error));
    });
  }

  /** The URL of the page. Browsers give cameras to a page without TLS only on a loopback address. */
  get url() {
    const { address, family, port } = this.#http.address();
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`;
  }

  async close() {
    const closed = new Promise(resolve => this.#http.close(resolve));
    this.#http.closeAllConnections();
    await closed;
  }

  async #listen(ip, port) {
    await new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, ip, resolve);
    });
  }

  async #serve(request, response) {
    const url = new URL(request.url, 'http://room');
    if (request.method === 'POST' && url.pathname === '/call') {
      const peer = this.#peers.get(request.headers['x-token']);
      const { method, data } = await readJson(request);
      if (!peer) {
        throw new HttpError(403, 'no such visitor');
      }
      const body = JSON.stringify(await peer.call(method, data));
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    } else if (request.method !== 'GET') {
      throw new HttpError(405, 'not allowed');
    } else if (url.pathname === '/events') {
      this.#join(url.searchParams.get('name') ?? '', response);
    } else {
      const file = this.#page.get(url.pathname);
      if (!file) {
        throw new HttpError(404, 'nothing here');
      }
      const headers = {
        'content-type': file.type,
        'content-security-policy': "default-src 'self'; img-src data:",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      };
      response.writeHead(200, headers).end(file.body);
    }
  }

  #join(name, response) {
    if (this.#conference.full) {
      throw new HttpError(503, 'the room is full');
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const notify = (event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    const peer = this.#conference.join(name.trim().slice(0, kNameLimit), notify);
    this.#peers.set(peer.token, peer);
    const heartbeat = setInterval(() => response.write(': still here\n\n'), kHeartbeat);
    response.once('close', () => {
      clearInterval(heartbeat);
      this.#peers.delete(peer.token);
      this.#conference.leave(peer);
    });
  }

  #refuse(response, error) {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const body = JSON.stringify({ error: error.message });
    response.writeHead(error.status ?? 500, { 'content-type': 'application/json' }).end(body);
  }
}
