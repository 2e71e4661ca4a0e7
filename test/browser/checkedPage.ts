import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Browser } from './checkReportBrowser.js';

const WAIT_MS = 60_000;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Serves folders by the first part of the address. */
export async function serve(
  folders: Readonly<Record<string, string>>,
): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    const [, first = '', ...rest] = normalize(new URL(request.url ?? '/', 'http://here').pathname).split('/');
    const path = join(folders[first] ?? '/nowhere', rest.join('/') || 'index.html');
    readFile(path).then(
      (content) => {
        response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
        response.end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { server, origin: `http://127.0.0.1:${port}` };
}

/** Waits until an expression in the page is true. */
export async function until(browser: Browser, expression: string): Promise<void> {
  const start = performance.now();
  while ((await browser.evaluate(expression)) !== true) {
    if (performance.now() - start > WAIT_MS) throw new Error(`waited ${WAIT_MS} ms for ${expression}`);
    await new Promise((later) => setTimeout(later, 50));
  }
}

/** Loads a page, lets it work, and gives the result beside what it logged and what it asked for elsewhere. */
export async function inPage<T>(
  browser: Browser,
  url: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  const { origin } = new URL(url);
  const result = await browser.listening(
    (method, params) => {
      const text = JSON.stringify(params);
      if (method === 'Runtime.exceptionThrown') faults.push(text);
      if (method === 'Runtime.consoleAPICalled' && /^(error|warning)$/.test(String(params.type)))
        faults.push(text);
      // Chromium's own word where a page asks for a GPU and there is none.
      const isNoGpu = text.includes('"No available adapters."');
      if (method === 'Log.entryAdded' && /"level":"(error|warning)"/.test(text) && !isNoGpu)
        faults.push(text);
      if (method !== 'Network.requestWillBeSent') return;
      const { url: asked } = (params as { request: { url: string } }).request; // every such event has one
      if (!asked.startsWith(origin) && !/^(data|blob):/.test(asked)) faults.push(`asked for ${asked}`);
    },
    async () => {
      await browser.load(url);
      return work();
    },
  );
  return { result, faults };
}
