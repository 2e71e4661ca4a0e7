import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError, DataError, PavlovError } from '../src/core/errors.js';
import { reasonOf } from '../src/core/text.js';

/** An answer that is no result. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export function sendJson(response: ServerResponse, status: number, value: object, headers = {}): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function errorBody(status: number, message: string): object {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { error: { message, type, param: null, code: null } };
}

/** The bytes of a body, as far as they are few enough. */
export async function bytesOf(request: IncomingMessage, most: number): Promise<Buffer> {
  const refuse = (size: string): never => {
    throw new Refusal(413, `body: expected at most ${most} bytes, got ${size}; send less`, {
      connection: 'close',
    });
  };
  const said = Number(request.headers['content-length'] ?? 0);
  if (said > most) refuse(String(said));
  const chunks: Buffer[] = [];
  let size = 0;
  // The cast: without an encoding a request gives buffers.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) refuse('more');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What goes wrong, as a status and a message. */
function refusalOf(error: unknown, onFault: (message: string) => void): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof ConfigError || error instanceof DataError) return new Refusal(400, error.message);
  const message = error instanceof PavlovError ? error.message : `internal error: ${reasonOf(error)}`;
  onFault(error instanceof Error ? (error.stack ?? message) : message);
  return new Refusal(500, message);
}

/** A web page of another site may not use the model. */
function checkOrigin({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin === undefined || origin === `http://${host}`) return;
  throw new Refusal(403, `origin: expected no web page of another site, got '${origin}'`);
}

/** Names of this machine for itself. */
const OWN_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A site whose name was given this machine's own address (DNS rebinding) may not use the model as its own server. */
function checkHost({ headers: { host = '' } }: IncomingMessage): void {
  if (OWN_NAMES.has(host.replace(/:\d+$/, ''))) return;
  throw new Refusal(
    403,
    `host: expected 127.0.0.1 or localhost, got '${host}'; a proxy has to send one of them`,
  );
}

/** Answers one request; `gone` is aborted when the client has gone. */
export type Route = (request: IncomingMessage, response: ServerResponse, gone: AbortSignal) => Promise<void>;

/**
 * A server over HTTP. What a route throws is told as JSON: a `Refusal` with its status, wrong input with 400, all else with
 * 500.
 */
export class HttpServer {
  private readonly server: Server;
  private readonly open = new Map<IncomingMessage, Promise<void>>();
  private ending = false;
  /** Whether only this machine can reach it. */
  private isLocal = false;

  /** @param onFault hears of faults that are not the client's */
  constructor(
    private readonly name: string,
    private readonly route: Route,
    private readonly onFault: (message: string) => void,
  ) {
    this.server = createServer((request, response) => {
      const answered = this.answer(request, response);
      this.open.set(request, answered);
      void answered.finally(() => this.open.delete(request));
    });
  }

  /** Whether it ends: what was begun is still answered. */
  get closing(): boolean {
    return this.ending;
  }

  /**
   * Starts to listen; gives the address.
   *
   * @throws ConfigError for an address that cannot be had.
   */
  async listen(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error) => {
        reject(
          new ConfigError(
            `${this.name}: cannot listen on ${host}:${port} (${reasonOf(error)}); choose another --port or --host`,
          ),
        );
      });
      this.server.listen(port, host, resolve);
    });
    const { address, port: own, family } = this.server.address() as AddressInfo; // it listens on no pipe
    this.isLocal = /^(127\.|::1$)/.test(address);
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${own}`;
  }

  /** Takes no new requests, and ends when all that had come are answered; one that is still coming may never end. */
  async close(): Promise<void> {
    this.ending = true;
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const request of this.open.keys()) if (!request.complete) request.destroy();
    while (this.open.size > 0) await Promise.allSettled(this.open.values());
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.on('error', () => undefined); // the client has gone: `close` follows
    try {
      if (this.isLocal) checkHost(request);
      checkOrigin(request);
      await this.route(request, response, gone.signal);
    } catch (error) {
      if (gone.signal.aborted || (this.ending && !request.complete)) return;
      const { status, message, headers } = refusalOf(error, this.onFault);
      if (!response.headersSent) sendJson(response, status, errorBody(status, message), headers);
      else response.end(`data: ${JSON.stringify(errorBody(status, message))}\n\n`);
    }
  }
}
