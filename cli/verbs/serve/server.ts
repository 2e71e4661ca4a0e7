import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ConfigError } from '../../../src/core/errors.js';
import { reasonOf } from '../../../src/core/text.js';
import { bytesOf, HttpServer, Refusal, sendJson } from '../../http.js';
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

/** A client asks again after that time. */
const LATER = { 'retry-after': '1' };

async function bodyOf(request: IncomingMessage, most: number): Promise<unknown> {
  const bytes = await bytesOf(request, most);
  if (!isUtf8(bytes)) throw new ConfigError('body: expected UTF-8, got other bytes; send JSON in UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (error) {
    throw new ConfigError(`body: expected JSON, got something else: ${reasonOf(error)}`);
  }
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
  private readonly server: HttpServer;

  constructor(
    private readonly writer: Writer,
    private readonly options: ServerOptions,
  ) {
    this.server = new HttpServer('serve', (...asked) => this.route(...asked), options.onFault);
  }

  /**
   * Starts to listen; gives the address.
   *
   * @throws ConfigError for an address that cannot be had.
   */
  listen(host: string, port: number): Promise<string> {
    return this.server.listen(host, port);
  }

  /** Takes no new requests, and ends when all that were begun are answered. */
  close(): Promise<void> {
    return this.server.close();
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
    await give();
  }

  private checkRoom(texts: number): void {
    if (this.server.closing)
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
