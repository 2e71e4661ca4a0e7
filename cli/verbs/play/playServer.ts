import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { ExportFile } from '../../../export/index.js';
import { DataError } from '../../../src/core/errors.js';
import { reasonOf } from '../../../src/core/text.js';
import { InferenceSession, Tensor } from '../../../src/engine/graph/onnxRuntime.js';
import { bytesOfTensors, tensorsOfBytes } from '../../../web/tensorBytes.js';
import { bytesOf, HttpServer, Refusal, sendJson } from '../../http.js';

/** A file that is made when it is first asked for. */
export type LateFile = () => Promise<ExportFile['content']>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
};

/** A page may load and ask nothing but what this server has. */
const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/** Bytes of the tensors of one request at most. */
const MOST_TENSOR_BYTES = 64e6;

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Serves a play folder to pages on this machine, and runs its graphs for them. Pages share sessions: these keep nothing. */
export class PlayServer {
  private readonly server: HttpServer;
  /** By the hash of its bytes. */
  private readonly graphs = new Map<string, Uint8Array>();
  private readonly sessions = new Map<string, Promise<InferenceSession>>();

  /** @param onFault hears of faults that are not a page's */
  constructor(
    private readonly files: ReadonlyMap<string, ExportFile['content'] | LateFile>,
    onFault: (message: string) => void,
  ) {
    for (const [path, content] of files) {
      if (path.endsWith('.onnx') && content instanceof Uint8Array) this.graphs.set(hashOf(content), content);
    }
    this.server = new HttpServer('play', (request, response) => this.route(request, response), onFault);
  }

  /**
   * Starts to listen on this machine alone; gives the address.
   *
   * @throws ConfigError for a port that cannot be had.
   */
  listen(port: number): Promise<string> {
    return this.server.listen('127.0.0.1', port);
  }

  /** Answers what was begun, and ends. */
  async close(): Promise<void> {
    await this.server.close();
    const started = await Promise.allSettled(this.sessions.values());
    for (const one of started) if (one.status === 'fulfilled') await one.value.release();
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    const session = /^session(?:\/(.*))?$/s.exec(path);
    const method = session ? 'POST' : 'GET';
    const content = this.files.get(path || 'index.html');
    if (!session && content === undefined) throw new Refusal(404, `path: there is no '${path}' here`);
    if (request.method !== method) {
      throw new Refusal(405, `${path}: expected ${method}, got ${request.method}`, { allow: method });
    }
    if (session) {
      const [, id] = session;
      return id === undefined ? this.open(request, response) : this.run(id, request, response);
    }
    const body = typeof content === 'function' ? await content() : content;
    const type = types[extname(path || 'index.html')] ?? 'application/octet-stream';
    response.writeHead(200, { ...HEADERS, 'content-type': type }).end(body);
  }

  /** A session of a graph of this folder, which the page sends; no other is run. */
  private async open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const largest = Math.max(0, ...Array.from(this.graphs.values(), (graph) => graph.length));
    const id = hashOf(await bytesOf(request, largest));
    await this.sessionOf(id);
    sendJson(response, 200, { session: id });
  }

  private sessionOf(id: string): Promise<InferenceSession> {
    const graph = this.graphs.get(id);
    if (!graph) throw new Refusal(403, 'session: expected a graph of this folder, got another');
    const known = this.sessions.get(id);
    if (known) return known;
    const started = InferenceSession.create(graph, { intraOpNumThreads: 1, logSeverityLevel: 4 });
    this.sessions.set(id, started);
    return started;
  }

  private async run(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = await this.sessionOf(id);
    const given = tensorsOfBytes(await bytesOf(request, MOST_TENSOR_BYTES));
    const names = Object.keys(given).sort().join(', ');
    const wanted = [...session.inputNames].sort().join(', ');
    if (names !== wanted) throw new DataError(`tensors: expected ${wanted}, got ${names || 'none'}`);
    const feeds = Object.entries(given).map(([name, { data, dims }]) => {
      const type = data instanceof BigInt64Array ? 'int64' : 'float32';
      // The cast: `tensorsOfBytes` gives arrays of these two kinds.
      return [name, new Tensor(type as never, data as never, dims)] as const;
    });
    const outputs = await session.run(Object.fromEntries(feeds)).catch((error: unknown): never => {
      throw new DataError(`tensors: expected what the graph takes, got: ${reasonOf(error)}`);
    });
    const bytes = bytesOfTensors(outputs);
    response
      .writeHead(200, {
        ...HEADERS,
        'content-type': 'application/octet-stream',
        'content-length': bytes.length,
      })
      .end(bytes);
  }
}

/** The path of a request without the first slash, decoded. */
function pathOf({ url = '/' }: IncomingMessage): string {
  const path = url.replace(/[?#].*$/s, '').replace(/^\//, '');
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Refusal(400, `path: expected a path in UTF-8, got '${path}'`);
  }
}
