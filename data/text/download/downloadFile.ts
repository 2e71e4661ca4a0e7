import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { DataError } from '../../../src/core/errors.js';
import type { SourceFile } from '../corpus/corpus.js';
import { hashFile } from '../corpus/fingerprint.js';
import { writeError } from '../encode/atomicFile.js';
import type { DownloadEvent, DownloadTiming, Verified } from './events.js';
import { PartFile, type PartNote } from './partFile.js';
import {
  checkStatus,
  contentRange,
  factsOf,
  numberHeader,
  reasonOf,
  type RemoteFacts,
  TransientError,
  validatorOf,
} from './remoteFile.js';
import { defaultTiming, guardStall } from './timing.js';

/** What to fetch and where to put it. */
export interface DownloadOptions {
  readonly url: string;
  readonly path: string;
  /** The hash the file must have, when it is known; else the one the server announces is used. */
  readonly sha256?: string;
  readonly timing?: Partial<DownloadTiming>;
  readonly onEvent?: (event: DownloadEvent) => void;
  readonly signal?: AbortSignal;
}

/** A file that was fetched. */
export interface Downloaded {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly verified: Verified;
}

/** Compressed answers have other sizes, and ranges of them are of no use. */
const IDENTITY = { 'accept-encoding': 'identity' } as const;

/** How a file differs from what is known of it; undefined when it does not. */
function differenceOf({ bytes, sha256 }: SourceFile, expected: RemoteFacts): string | undefined {
  if (expected.size !== undefined && bytes !== expected.size) {
    return `expected ${expected.size} bytes, got ${bytes}`;
  }
  if (expected.sha256 === undefined || sha256 === expected.sha256) return undefined;
  return `expected sha256 ${expected.sha256}, got ${sha256}`;
}

/** The server sent another version or other bytes than it said: the part is of no use. */
class StalePartError extends Error {}

class Download {
  private readonly part: PartFile;
  private readonly timing: DownloadTiming;
  private readonly file: string;
  /** Whether the part holds bytes of more than one answer. */
  private pieced = false;

  constructor(private readonly options: DownloadOptions) {
    this.part = new PartFile(options.path);
    this.timing = { ...defaultTiming, ...options.timing };
    this.file = basename(options.path);
  }

  async run(): Promise<Downloaded> {
    const facts = await this.persist(() => this.ask());
    this.checkAnnounced(facts);
    const sha256 = this.options.sha256 ?? facts.sha256;
    const expected: RemoteFacts = { ...facts, ...(sha256 !== undefined && { sha256 }) };
    const ready = await this.alreadyThere(expected);
    if (ready) return this.done(ready, expected);
    await this.dropStalePart(expected);
    return this.fetchTwice(expected);
  }

  /** A file made of pieces of several answers may be a mixture, so it gets a second chance as a whole. */
  private async fetchTwice(expected: RemoteFacts): Promise<Downloaded> {
    for (let last = false; ; last = true) {
      try {
        return await this.fetchAndVerify(expected);
      } catch (error) {
        if (!(error instanceof StalePartError)) throw error;
        await this.part.discard();
        if (last || !this.pieced) throw this.wrongFile(error);
        this.tell({ type: 'restarted', file: this.file, reason: error.message });
      }
    }
  }

  /** The file in its place, when it is the one expected and something tells so. */
  private async alreadyThere(expected: RemoteFacts): Promise<SourceFile | undefined> {
    const known = expected.sha256 !== undefined || expected.size !== undefined;
    if (!known || !existsSync(this.options.path)) return undefined;
    const found = await hashFile(this.options.path, this.options.signal);
    return differenceOf(found, expected) === undefined ? found : undefined;
  }

  private done({ bytes, sha256 }: SourceFile, expected: RemoteFacts): Downloaded {
    const verified =
      expected.sha256 !== undefined ? 'sha256' : expected.size !== undefined ? 'size' : 'nothing';
    this.tell({ type: 'done', file: this.file, bytes, verified });
    return { path: this.options.path, bytes, sha256, verified };
  }

  private async fetchAndVerify(expected: RemoteFacts): Promise<Downloaded> {
    const total = await this.persist(() => this.fetchRest(expected));
    const found = await hashFile(this.part.path, this.options.signal);
    const size = expected.size ?? total;
    const complete = { ...expected, ...(size !== undefined && { size }) };
    const difference = differenceOf(found, complete);
    if (difference !== undefined) throw new StalePartError(difference);
    await this.part.finish();
    return this.done(found, complete);
  }

  /** What the server says about the file; nothing when it does not answer HEAD. */
  private async ask(): Promise<RemoteFacts> {
    const head = { method: 'HEAD', redirect: 'manual', headers: IDENTITY } as const;
    const response = await this.request(head, async (answer) => answer);
    const { status } = response;
    if ([405, 501].includes(status)) return {};
    if (status < 300 || status >= 400) checkStatus(response, this.options.url, [200]);
    return factsOf(response);
  }

  private checkAnnounced({ sha256 }: RemoteFacts): void {
    const { sha256: wanted, url } = this.options;
    if (wanted === undefined || sha256 === undefined || wanted === sha256) return;
    throw new DataError(
      `download ${url}: expected sha256 ${wanted}, got ${sha256} announced by the server; ` +
        'the file there has changed: give its new hash or another address',
    );
  }

  private async dropStalePart(expected: RemoteFacts): Promise<void> {
    if ((await this.part.size()) === 0) return;
    const note = await this.part.note();
    const reason = this.whyStale(note, expected);
    if (reason === undefined) return;
    this.tell({ type: 'restarted', file: this.file, reason });
    await this.part.discard();
  }

  private whyStale(note: PartNote | undefined, { sha256 }: RemoteFacts): string | undefined {
    if (!note) return 'the part has no note of what it is a part of';
    if (note.url !== this.options.url) return `the part is of ${note.url}`;
    if (sha256 !== undefined && note.sha256 !== sha256) return 'the file has changed on the server';
    if (sha256 === undefined && note.validator === undefined) return 'nothing tells the version of the part';
    return undefined;
  }

  /** Fetches what is missing of the part; gives the size of the file when the server tells it. */
  private async fetchRest(expected: RemoteFacts): Promise<number | undefined> {
    const have = await this.part.size();
    this.pieced = have > 0;
    const note = have > 0 ? await this.part.note() : undefined;
    if (have > 0 && expected.size !== undefined && have === expected.size) return expected.size;
    const headers = {
      ...IDENTITY,
      ...(have > 0 && { range: `bytes=${have}-` }),
      ...(have > 0 && note?.validator !== undefined && { 'if-range': note.validator }),
    };
    return this.request({ headers }, (response, touch) => this.receive(response, touch, have, expected));
  }

  private async receive(
    response: Response,
    touch: () => void,
    have: number,
    expected: RemoteFacts,
  ): Promise<number | undefined> {
    const { status, headers } = response;
    if (status === 416 && have > 0) return this.alreadyWhole(headers, have);
    checkStatus(response, this.options.url, have > 0 ? [200, 206] : [200]);
    const total = status === 206 ? this.continued(headers, have) : await this.begin(headers, have, expected);
    await this.append(response, touch, status === 206 ? have : 0, total);
    return total;
  }

  private alreadyWhole(headers: Headers, have: number): number {
    if (contentRange(headers).total === have) return have;
    throw new StalePartError('the server has no bytes after the part');
  }

  private continued(headers: Headers, have: number): number | undefined {
    const { start, total } = contentRange(headers);
    if (start !== have) throw new StalePartError(`the server went on from byte ${start}, not ${have}`);
    this.tell({ type: 'resumed', file: this.file, bytes: have });
    return total;
  }

  private async begin(headers: Headers, have: number, expected: RemoteFacts): Promise<number | undefined> {
    this.pieced = false;
    const reason = 'the server sent the whole file again';
    if (have > 0) this.tell({ type: 'restarted', file: this.file, reason });
    const total = numberHeader(headers, 'content-length') ?? expected.size;
    const validator = validatorOf(headers);
    await this.part.begin({
      url: this.options.url,
      ...(validator !== undefined && { validator }),
      ...(expected.sha256 !== undefined && { sha256: expected.sha256 }),
      ...(total !== undefined && { total }),
    });
    return total;
  }

  private async append(
    { body }: Response,
    touch: () => void,
    from: number,
    total: number | undefined,
  ): Promise<void> {
    let bytes = from;
    const chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[] = body ?? [];
    const file = await this.part.append();
    try {
      for await (const chunk of chunks) {
        touch();
        await this.part.write(file, chunk);
        bytes += chunk.length;
        this.tell({ type: 'progress', file: this.file, bytes, ...(total !== undefined && { total }) });
      }
    } finally {
      await file.close();
    }
    if (total !== undefined && bytes < total)
      throw new TransientError(`cut off at ${bytes} of ${total} bytes`);
  }

  /** One request under the stall guard; failures of the line become TransientErrors. */
  private async request<T>(
    init: RequestInit,
    use: (response: Response, touch: () => void) => Promise<T>,
  ): Promise<T> {
    const guard = guardStall(this.timing.stallMs, this.options.signal);
    try {
      return await use(await fetch(this.options.url, { ...init, signal: guard.signal }), () => guard.touch());
    } catch (error) {
      this.options.signal?.throwIfAborted();
      const ours = [DataError, StalePartError, TransientError].some((kind) => error instanceof kind);
      if (ours) throw error;
      throw new TransientError(reasonOf(error), 0, { cause: error });
    } finally {
      guard.stop();
    }
  }

  /** Tries again after failures of the line, as long as new bytes come or retries are left. */
  private async persist<T>(action: () => Promise<T>): Promise<T> {
    const { retries, backoffMs, longestWaitMs, wait } = this.timing;
    let furthest = await this.part.size();
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        const have = await this.part.size();
        if (have > furthest) attempt = 1;
        furthest = Math.max(furthest, have);
        if (attempt > retries) throw this.gaveUp(error, attempt);
        const waitMs = Math.min(longestWaitMs, Math.max(error.retryAfterMs, backoffMs * 2 ** (attempt - 1)));
        this.tell({ type: 'retry', file: this.file, attempt, waitMs, reason: error.message });
        await wait(waitMs, this.options.signal);
      }
    }
  }

  private gaveUp(error: TransientError, attempts: number): DataError {
    return new DataError(
      `download ${this.options.url}: expected an answer, got ${error.message} ` +
        `(${attempts} failed tries); check the network and run it again to go on, or use a local copy`,
      { cause: error },
    );
  }

  private wrongFile(error: StalePartError): DataError {
    return new DataError(
      `download ${this.options.url}: ${error.message}; the file is damaged or not the one announced, ` +
        'it was removed: run it again, or use a local copy',
      { cause: error },
    );
  }

  private tell(event: DownloadEvent): void {
    this.options.onEvent?.(event);
  }
}

/**
 * Fetches a file by HTTP, going on from a part that an earlier call left behind.
 *
 * The bytes go to `path.part`; a note beside it tells of which version they are. When the server announces
 * another version (its hash, ETag or date) or does not know ranges, the file starts anew. The finished part is
 * checked against the hash given or announced (`x-linked-etag`), else against the size announced, synced and
 * renamed; so a file at `path` is always whole. One that is there already and passes the same check is left.
 *
 * @throws DataError when the address is wrong, the line stays dead, the disk refuses, or the file is not the one
 * announced; the signal's reason when aborted. The part stays for the next call unless it is wrong.
 */
export async function downloadFile(options: DownloadOptions): Promise<Downloaded> {
  await mkdir(dirname(options.path), { recursive: true }).catch((error: unknown) => {
    throw writeError(options.path, error);
  });
  return new Download(options).run();
}
