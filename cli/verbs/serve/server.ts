import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError, DataError, PavlovError } from '../../../src/core/errors.js';
import { reasonOf } from '../../../src/core/text.js';
import { type CompletionRequest, readRequest } from './completionRequest.js';
import { checkModel, type Usage, type Writer } from './completions.js';

export interface ServerOptions {
  /** The name of the model. */
  readonly model: string;
  /** Texts that may be under way or wait, together. */
  readonly queue: number;
  /** Bytes of a body at most. */
  readonly bodyBytes: number;
  /** Hears of faults that are not the client's. */
  readonly onFault: (message: string) => void;
}

/** An answer that is no result. */
class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** A client asks again after that time. */
const LATER = { 'retry-after': '1' };

function sendJson(response: ServerResponse, status: number, value: object, headers = {}): void {
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
async function bytesOf(request: IncomingMessage, most: number): Promise<Buffer> {
  const refuse = (size: string): never => {
    throw new Refusal(413, `body: expected at most ${most} bytes, got ${size}; shorten the prompt`, {
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

async function bodyOf(request: IncomingMessage, most: number): Promise<unknown> {
  const bytes = await bytesOf(request, most);
  if (!isUtf8(bytes)) throw new ConfigError('body: expected UTF-8, got other bytes; send JSON in UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (error) {
    throw new ConfigError(`body: expected JSON, got something else: ${reasonOf(error)}`);
  }
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

/** The parts of an answer that all of its chunks have. */
interface Answer {
  readonly id: string;
  readonly object: 'text_completion';
  readonly created: number;
  readonly model: string;
}

/** Serves completions over HTTP, in the form of OpenAI's `/v1/completions`. */
export class CompletionServer {
  private readonly server: Server;
  private readonly open = new Set<Promise<void>>();
  private closing = false;

  constructor(
    private readonly writer: Writer,
    private readonly options: ServerOptions,
  ) {
    this.server = createServer((request, response) => {
      const answered = this.answer(request, response);
      this.open.add(answered);
      void answered.finally(() => this.open.delete(answered));
    });
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
            `serve: cannot listen on ${host}:${port} (${reasonOf(error)}); choose another --port or --host`,
          ),
        );
      });
      this.server.listen(port, host, resolve);
    });
    const { address, port: own, family } = this.server.address() as AddressInfo; // it listens on no pipe
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${own}`;
  }

  /** Takes no new requests, and ends when all that were begun are answered. */
  async close(): Promise<void> {
    this.closing = true;
    const closed = new Promise((resolve) => this.server.close(resolve));
    while (this.open.size > 0) await Promise.allSettled([...this.open]);
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.on('error', () => undefined); // the client has gone: `close` follows
    try {
      await this.route(request, response, gone.signal);
    } catch (error) {
      if (gone.signal.aborted) return;
      const { status, message, headers } = refusalOf(error, this.options.onFault);
      if (!response.headersSent) sendJson(response, status, errorBody(status, message), headers);
      else response.end(`data: ${JSON.stringify(errorBody(status, message))}\n\n`);
    }
  }

  private async route(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    const { model } = this.options;
    const answers: Readonly<Record<string, readonly [method: string, give: () => Promise<void> | void]>> = {
      '/health': ['GET', () => sendJson(response, 200, { status: 'ok', texts: this.writer.batch.size })],
      '/v1/models': [
        'GET',
        () => {
          const own = { id: model, object: 'model', created: 0, owned_by: 'pavlov' };
          sendJson(response, 200, { object: 'list', data: [own] });
        },
      ],
      '/v1/completions': ['POST', () => this.complete(request, response, gone)],
    };
    const found = Object.hasOwn(answers, path) ? answers[path] : undefined;
    const known = Object.keys(answers).join(' | ');
    if (!found) throw new Refusal(404, `path: expected one of ${known}, got '${path}'`);
    const [method, give] = found;
    if (request.method !== method) {
      throw new Refusal(405, `${path}: expected ${method}, got ${request.method}`, { allow: method });
    }
    checkOrigin(request);
    await give();
  }

  private checkRoom(texts: number): void {
    if (this.closing)
      throw new Refusal(503, 'the server is ending; ask another one', { ...LATER, connection: 'close' });
    const { queue } = this.options;
    if (texts > queue) throw new Refusal(400, `body: expected at most ${queue} texts at once, got ${texts}`);
    if (this.writer.batch.size + texts <= queue) return;
    throw new Refusal(
      429,
      `the queue is full: ${this.writer.batch.size} texts under way, at most ${queue}; try again later`,
      LATER,
    );
  }

  private async complete(
    request: IncomingMessage,
    response: ServerResponse,
    gone: AbortSignal,
  ): Promise<void> {
    const asked = readRequest(await bodyOf(request, this.options.bodyBytes));
    checkModel(asked.model, this.options.model);
    this.checkRoom(asked.prompts.length);
    const answer: Answer = {
      id: `cmpl-${randomUUID()}`,
      object: 'text_completion',
      created: Math.floor(Date.now() / 1000),
      model: this.options.model,
    };
    if (asked.stream) await this.stream(response, answer, asked, gone);
    else await this.whole(response, answer, asked, gone);
  }

  private async whole(
    response: ServerResponse,
    answer: Answer,
    asked: CompletionRequest,
    gone: AbortSignal,
  ): Promise<void> {
    const choices = asked.prompts.map((prompt, index) => ({
      index,
      text: asked.echo ? prompt : '',
      logprobs: null,
      finish_reason: null as string | null,
    }));
    const usage = await this.writer.write(asked, gone, (index, text, finish) => {
      const choice = choices[index];
      if (!choice) return;
      choice.text += text;
      choice.finish_reason = finish;
    });
    if (!gone.aborted) sendJson(response, 200, { ...answer, choices, usage });
  }

  private async stream(
    response: ServerResponse,
    answer: Answer,
    asked: CompletionRequest,
    gone: AbortSignal,
  ): Promise<void> {
    const send = (rest: { readonly choices: readonly object[]; readonly usage?: Usage }): void => {
      if (gone.aborted) return;
      if (!response.headersSent) {
        response.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-cache',
        });
      }
      response.write(`data: ${JSON.stringify({ ...answer, ...rest })}\n\n`);
    };
    const piece = (index: number, text: string, finish: string | null): void => {
      send({ choices: [{ index, text, logprobs: null, finish_reason: finish }] });
    };
    const begun = new Set<number>();
    const usage = await this.writer.write(asked, gone, (index, text, finish) => {
      if (asked.echo && !begun.has(index)) piece(index, asked.prompts[index] ?? '', null);
      begun.add(index);
      piece(index, text, finish);
    });
    if (asked.usage) send({ choices: [], usage });
    if (!gone.aborted) response.end('data: [DONE]\n\n');
  }
}
