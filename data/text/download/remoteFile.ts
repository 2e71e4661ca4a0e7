import { DataError } from '../../../src/core/errors.js';

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

/** The reason behind a failed fetch, such as ECONNREFUSED. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}

/**
 * Accepts a status or says what it means.
 *
 * @throws TransientError when it may pass, DataError when it will not.
 */
export function checkStatus(response: Response, url: string, accepted: readonly number[]): void {
  const { status } = response;
  if (accepted.includes(status)) return;
  const seconds = Number(response.headers.get('retry-after') ?? 0);
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

/**
 * What the headers of a HEAD answer say; redirects are not followed, because only the first answer carries
 * the hash.
 */
export function factsOf(response: Response): RemoteFacts {
  const sha256 = HASH.exec(response.headers.get('x-linked-etag') ?? '')?.[1];
  const linked = numberHeader(response.headers, 'x-linked-size');
  const own = response.status === 200 ? numberHeader(response.headers, 'content-length') : undefined;
  const size = linked ?? own;
  return { ...(sha256 !== undefined && { sha256 }), ...(size !== undefined && { size }) };
}

/** The value that makes a range request safe: the server sends the whole file when it no longer holds. */
export function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  if (etag?.startsWith('"')) return etag;
  return headers.get('last-modified') ?? undefined;
}

/** The parts of a Content-Range header. */
export interface ContentRange {
  readonly start?: number;
  readonly total?: number;
}

/** Reads `bytes 10-99/100` or `bytes *\/100`. */
export function contentRange(headers: Headers): ContentRange {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(?:(\d+)|\*)$/.exec(headers.get('content-range') ?? '');
  const [, start, total] = match ?? [];
  return {
    ...(start !== undefined && { start: Number(start) }),
    ...(total !== undefined && { total: Number(total) }),
  };
}
