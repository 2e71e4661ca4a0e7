import { ConfigError, DataError } from '../../../src/core/errors.js';

/**
 * An address of the web.
 *
 * @throws ConfigError for anything else.
 */
export function webAddress(text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new ConfigError(
    `${where}: expected an address that begins with https:// or http://, got '${text}'; check the address`,
  );
}

/** A failure that may go away by itself. */
export class TransientError extends Error {
  constructor(
    message: string,
    readonly retryAfterMs = 0,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a server says about a file before it is fetched. */
export interface RemoteFacts {
  /** Hash of a file kept in large-file storage, from `x-linked-etag`. */
  readonly sha256?: string;
  readonly size?: number;
}

const HASH = /^(?:W\/)?"?([0-9a-f]{64})"?$/;
const MAY_PASS = [408, 425, 429, 500, 502, 503, 504];

/**
 * Accepts a status or says what it means.
 *
 * @throws TransientError when it may pass, DataError when it will not.
 */
export function checkStatus({ status, headers }: Response, url: string, accepted: readonly number[]): void {
  if (accepted.includes(status)) return;
  const seconds = Number(headers.get('retry-after') ?? 0);
  if (MAY_PASS.includes(status)) throw new TransientError(`HTTP status ${status}`, seconds * 1000 || 0);
  throw new DataError(
    `download ${url}: expected HTTP status ${accepted.join(' or ')}, got ${status}; ` +
      'check the address, or use a local copy',
  );
}

/** A header that is a whole number. */
export function numberHeader(headers: Headers, name: string): number | undefined {
  const value = headers.get(name);
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** How a body is compressed; undefined for one that is as it is. */
function encodingOf(headers: Headers): string | undefined {
  const encoding = headers.get('content-encoding') ?? 'identity';
  return /^identity$/i.test(encoding) ? undefined : encoding;
}

/**
 * Refuses a compressed body: what is announced is not of what it unpacks to, and that has no bounds.
 *
 * @throws DataError.
 */
export function checkPlain(headers: Headers, url: string): void {
  const encoding = encodingOf(headers);
  if (encoding === undefined) return;
  throw new DataError(
    `download ${url}: expected the file as it is, got it compressed (${encoding}); use another mirror or a local copy`,
  );
}

/** What the headers of a HEAD answer say. */
export function factsOf({ status, headers }: Response): RemoteFacts {
  const sha256 = HASH.exec(headers.get('x-linked-etag') ?? '')?.[1];
  const isPlain = status === 200 && encodingOf(headers) === undefined;
  const own = isPlain ? numberHeader(headers, 'content-length') : undefined;
  const size = numberHeader(headers, 'x-linked-size') ?? own;
  return { ...(sha256 !== undefined && { sha256 }), ...(size !== undefined && { size }) };
}

/** The value that makes a range request safe: the server sends the whole file when it no longer holds. */
export function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  return etag?.startsWith('"') ? etag : (headers.get('last-modified') ?? undefined);
}

/** First byte and size of the file in a Content-Range header, `bytes 10-99/100` or `bytes *\/100`. */
export function contentRange(headers: Headers): { readonly start?: number; readonly total?: number } {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(?:(\d+)|\*)$/.exec(headers.get('content-range') ?? '');
  const [, start, total] = match ?? [];
  return {
    ...(start !== undefined && { start: Number(start) }),
    ...(total !== undefined && { total: Number(total) }),
  };
}

/** The reason behind a failed fetch, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}

/** A request to guard. */
interface Guarded {
  readonly url: string;
  readonly stallMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Codes of certificates that do not fit, and of answers that are none of the web. */
const PERMANENT = /CERT|TLS|SELF_SIGNED|UNABLE_TO|HPE_|ERR_INVALID/;

/** Whether a failed fetch fails again: what the line does to it has a code of the system or of sockets. */
function isPermanent(error: unknown): boolean {
  if (!(error instanceof TypeError && error.cause instanceof Error)) return false;
  const { cause } = error;
  return !('code' in cause) || PERMANENT.test(String(cause.code));
}

/**
 * Runs a request that is aborted after `stallMs` without `touch`, or with the outer signal.
 *
 * @throws TransientError for a failure of the line, DataError for one that would be the same at the next try; errors
 *   of ours and the outer signal's reason as they are.
 */
export async function withStallGuard<T>(
  { url, stallMs, signal: outer }: Guarded,
  run: (signal: AbortSignal, touch: () => void) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const abort = (): void => inner.abort(new Error(`no data for ${stallMs} ms`));
  let timer = setTimeout(abort, stallMs);
  const touch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(abort, stallMs);
  };
  try {
    return await run(outer ? AbortSignal.any([outer, inner.signal]) : inner.signal, touch);
  } catch (error) {
    outer?.throwIfAborted();
    if (error instanceof DataError || error instanceof StalePartError || error instanceof TransientError)
      throw error;
    if (!isPermanent(error)) throw new TransientError(reasonOf(error), 0, { cause: error });
    throw new DataError(
      `download ${url}: expected an answer, got ${reasonOf(error)}; check the address, or use a local copy`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
    inner.abort();
  }
}

/** The part on disk cannot become the file: the server has another version, or the bytes are wrong. */
export class StalePartError extends Error {}
