import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server treats one GET; anything not named is as a good server does. */
export interface Behaviour {
  /** Bytes of the body after which the line is cut. */
  readonly cutAfter?: number;
  /** Bytes of the body after which nothing comes any more. */
  readonly stallAfter?: number;
  readonly ignoreRange?: boolean;
  readonly ignoreIfRange?: boolean;
  /** Answers a range from another byte than asked. */
  readonly wrongRange?: boolean;
  readonly status?: number;
  readonly retryAfter?: number;
  /** Sends without telling the size. */
  readonly chunked?: boolean;
  /** Says neither the size nor, but by closing the line, where the file ends, as HTTP/1.0 does. */
  readonly unframed?: boolean;
  /** Sends this in the place of the file. */
  readonly body?: Buffer;
  readonly encoding?: string;
  readonly etag?: string;
  readonly location?: string;
}

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** A file server on this machine whose faults are chosen request by request. */
export class FileServer {
  body: Buffer = Buffer.alloc(0);
  etag: string | undefined = '"v1"';
  announcedHash: string | undefined;
  headStatus: number | undefined;
  /** Faults of the next GETs, first to last. */
  faults: Behaviour[] = [];
  readonly seen: Seen[] = [];
  private port = 0;
  private cutWhenSeen: { readonly at: number; readonly response: ServerResponse } | undefined;
  private readonly server = createServer((request, response) => this.answer(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Address of the file. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/resolve/file.txt`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  /** The GETs seen, as their Range headers. */
  get ranges(): (string | undefined)[] {
    return this.seen.filter(({ method }) => method === 'GET').map(({ range }) => range);
  }

  /** `/resolve/` redirects to `/storage/` and tells the hash only there, as large-file storage does. */
  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request;
    if (url.startsWith('/resolve/')) {
      this.seen.push({ method, range: headers.range, ifRange: headers['if-range'] as string | undefined });
      if (method === 'HEAD' && this.headStatus !== undefined) {
        response.writeHead(this.headStatus).end();
        return;
      }
      const announced =
        this.announcedHash === undefined
          ? {}
          : {
              'x-linked-etag': `"${this.announcedHash}"`,
              'x-linked-size': this.body.length,
            };
      response.writeHead(302, { location: url.replace('/resolve/', '/storage/'), ...announced }).end();
    } else {
      this.send(request, response, this.faults.shift() ?? {});
    }
  }

  private send(request: IncomingMessage, response: ServerResponse, fault: Behaviour): void {
    if (fault.location !== undefined) {
      response.writeHead(302, { location: fault.location }).end();
      return;
    }
    if (fault.unframed) {
      response.socket?.end(
        `HTTP/1.0 200 OK\r\n\r\n${this.body.toString('latin1', 0, fault.cutAfter)}`,
        'latin1',
      );
      return;
    }
    if (fault.status !== undefined) {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
      response.writeHead(fault.status).end('no');
      return;
    }
    const start = this.rangeStart(request, fault);
    if (start !== undefined && start >= this.body.length) {
      response.writeHead(416, { 'content-range': `bytes */${this.body.length}` }).end();
      return;
    }
    const first = (start ?? 0) + (fault.wrongRange ? 1 : 0);
    const part = (fault.body ?? this.body).subarray(first);
    const range = `bytes ${first}-${this.body.length - 1}/${this.body.length}`;
    const headers: Record<string, string | number> = {};
    const etag = fault.etag ?? this.etag;
    if (etag !== undefined) headers.etag = etag;
    if (fault.encoding !== undefined) headers['content-encoding'] = fault.encoding;
    if (!fault.chunked) headers['content-length'] = part.length;
    if (start !== undefined) headers['content-range'] = range;
    response.writeHead(start === undefined ? 200 : 206, headers);
    this.sendBody(response, first, fault);
  }

  private rangeStart({ headers }: IncomingMessage, fault: Behaviour): number | undefined {
    const match = /^bytes=(\d+)-$/.exec(headers.range ?? '');
    if (!match || fault.ignoreRange) return undefined;
    const ifRange = headers['if-range'];
    if (ifRange !== undefined && ifRange !== this.etag && !fault.ignoreIfRange) return undefined;
    return Number(match[1]);
  }

  private sendBody(
    response: ServerResponse,
    first: number,
    { cutAfter, stallAfter, body = this.body }: Behaviour,
  ): void {
    const part = body.subarray(first);
    const limit = cutAfter ?? stallAfter;
    if (limit === undefined) {
      response.end(part);
      return;
    }
    response.write(part.subarray(0, limit));
    if (cutAfter !== undefined) this.cutWhenSeen = { at: first + limit, response };
  }

  /** Told by the client how many bytes it has; cuts the line once all that was sent has come through. */
  clientHas(bytes: number): void {
    if (!this.cutWhenSeen || bytes < this.cutWhenSeen.at) return;
    this.cutWhenSeen.response.destroy();
    this.cutWhenSeen = undefined;
  }
}
