import { existsSync } from 'node:fs';
import { lstat, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DataError } from '../../../src/core/errors.js';
import type { SourceFile } from '../corpus/corpus.js';
import { hashFile } from '../corpus/fingerprint.js';
import { makeFolder, openToAppend, replaceFile } from '../../../src/core/atomicFile.js';
import { writeError } from '../encode/atomicFile.js';
import {
  checkStatus,
  checkPlain,
  contentRange,
  factsOf,
  numberHeader,
  StalePartError,
  TransientError,
  validatorOf,
  webAddress,
  withStallGuard,
  type RemoteFacts,
} from './http.js';
import {
  checkDownload,
  type DownloadEvent,
  type DownloadOptions,
  type DownloadTiming,
  type Verified,
} from './options.js';

/** Patient enough for a slow line, short enough to notice a dead one. */
const defaultTiming: DownloadTiming = {
  stallMs: 30_000,
  retries: 6,
  backoffMs: 1_000,
  longestWaitMs: 60_000,
  wait: async (ms, signal) => {
    await sleep(ms, undefined, signal && { signal });
  },
};

/** A file that was fetched. */
export interface Downloaded {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly verified: Verified;
}

/** A file whose size nobody has announced may have so many bytes, several times what is fetched here. */
const MOST_UNANNOUNCED = 2 ** 34;

/** Of which version a part is: its address, ETag or date, and hash. */
const noteSchema = z.strictObject({
  url: z.string(),
  validator: z.string().optional(),
  sha256: z.string().optional(),
});

/** How a file differs from what is known of it; undefined when it does not. */
function differenceOf({ bytes, sha256 }: SourceFile, expected: RemoteFacts): string | undefined {
  if (expected.size !== undefined && bytes !== expected.size)
    return `expected ${expected.size} bytes, got ${bytes}`;
  if (expected.sha256 === undefined || sha256 === expected.sha256) return undefined;
  return `expected sha256 ${expected.sha256}, got ${sha256}`;
}

class Download {
  private readonly part: string;
  private readonly note: string;
  private readonly file: string;
  private readonly timing: DownloadTiming;
  private readonly tell: (event: DownloadEvent) => void;
  /** Whether the part was there before the last answer. */
  private pieced = false;

  constructor(private readonly options: DownloadOptions) {
    this.part = `${options.path}.part`;
    this.note = `${this.part}.json`;
    this.file = basename(options.path);
    this.timing = { ...defaultTiming, ...options.timing };
    this.tell = options.onEvent ?? (() => undefined);
  }

  async run(): Promise<Downloaded> {
    const { path, sha256, signal } = this.options;
    const announced = await this.retry(() => this.ask());
    const expected = { ...announced, ...(sha256 !== undefined && { sha256 }) };
    if (existsSync(path) && (expected.sha256 ?? expected.size) !== undefined) {
      const there = await hashFile(path, { signal });
      if (differenceOf(there, expected) === undefined) return this.done(there, expected);
    }
    for (let last = false; ; last = true) {
      try {
        const total = await this.retry(() => this.fetchRest(expected));
        const size = expected.size ?? total;
        return await this.finish({ ...expected, ...(size !== undefined && { size }) });
      } catch (error) {
        if (!(error instanceof StalePartError)) throw error;
        await this.discard();
        // A part of several answers may be a mixture, so the file gets one more chance as a whole.
        if (last || !this.pieced) throw this.wrongFile(error);
        this.tell({ type: 'restarted', file: this.file, reason: error.message });
      }
    }
  }

  /** What the server says about the file; nothing when it does not answer HEAD. */
  private async ask(): Promise<RemoteFacts> {
    const { url, sha256: wanted } = this.options;
    // Redirects are not followed: only the first answer carries the hash.
    const response = await this.request({ method: 'HEAD', redirect: 'manual' }, async (answer) => answer);
    if ([405, 501].includes(response.status)) return {};
    if (response.status < 300 || response.status >= 400) checkStatus(response, url, [200]);
    const facts = factsOf(response);
    if (wanted === undefined || facts.sha256 === undefined || wanted === facts.sha256) return facts;
    throw new DataError(
      `download ${url}: expected sha256 ${wanted}, got ${facts.sha256} announced by the server; ` +
        'the file there has changed: give its new hash or another address',
    );
  }

  /** Fetches what is missing of the part; gives the size of the file when the server tells it. */
  private async fetchRest(expected: RemoteFacts): Promise<number | undefined> {
    const have = await this.bytes();
    this.pieced = have > 0;
    if (have === 0)
      return this.request({}, (response, touch) => this.receiveWhole(response, touch, expected));
    const known = await this.validatorOfPart(expected);
    if (have === expected.size) return have;
    const headers = { range: `bytes=${have}-`, ...(known !== undefined && { 'if-range': known }) };
    return this.request({ headers }, async (response, touch) => {
      const { status, headers: answered } = response;
      const { start, total } = contentRange(answered);
      if (status === 416 && total === have) return have;
      checkStatus(response, this.options.url, [200, 206, 416]);
      if (status === 416) throw new StalePartError('the server has no bytes after the part');
      if (status === 200) {
        this.pieced = false;
        this.tell({ type: 'restarted', file: this.file, reason: 'the server sent the whole file again' });
        return this.receiveWhole(response, touch, expected);
      }
      if (start !== have) throw new StalePartError(`the server went on from byte ${start}, not ${have}`);
      const version = validatorOf(answered);
      if (version !== undefined && known !== undefined && version !== known)
        throw new StalePartError('the file has changed on the server');
      this.tell({ type: 'resumed', file: this.file, bytes: have });
      return this.append(response, touch, have, total);
    });
  }

  /**
   * The validator to ask for the rest of the part with; undefined where its hash tells the version.
   *
   * @throws StalePartError when the part is of another version, or nothing tells of which.
   */
  private async validatorOfPart({ sha256 }: RemoteFacts): Promise<string | undefined> {
    const note = await this.readNote();
    if (!note) throw new StalePartError('the part has no note of what it is a part of');
    if (note.url !== this.options.url) throw new StalePartError(`the part is of ${note.url}`);
    if (sha256 !== undefined && note.sha256 !== sha256)
      throw new StalePartError('the file has changed on the server');
    if (sha256 === undefined && note.validator === undefined)
      throw new StalePartError('nothing tells the version of the part');
    return note.validator;
  }

  private async readNote(): Promise<z.infer<typeof noteSchema> | undefined> {
    try {
      return noteSchema.parse(JSON.parse(await readFile(this.note, 'utf8')));
    } catch {
      return undefined; // the download then starts anew, and says so
    }
  }

  private async receiveWhole(
    response: Response,
    touch: () => void,
    { sha256, size }: RemoteFacts,
  ): Promise<number | undefined> {
    const { url } = this.options;
    checkStatus(response, url, [200]);
    const total = numberHeader(response.headers, 'content-length') ?? size;
    const isFramed = response.headers.get('transfer-encoding') === 'chunked';
    if (total === undefined && sha256 === undefined && !isFramed) {
      throw new DataError(
        `download ${url}: expected a server that says how long the file is, got none, so that a file that was cut off would pass for a whole one; use another mirror or a local copy`,
      );
    }
    const note: z.infer<typeof noteSchema> = { url, validator: validatorOf(response.headers), sha256 };
    await this.onDisk(async () => {
      await replaceFile(this.part, []);
      await replaceFile(this.note, [JSON.stringify(note)]);
    });
    return this.append(response, touch, 0, total);
  }

  private async append(
    { body, headers }: Response,
    touch: () => void,
    from: number,
    total: number | undefined,
  ): Promise<number | undefined> {
    checkPlain(headers, this.options.url);
    const most = total ?? MOST_UNANNOUNCED;
    let bytes = from;
    const chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[] = body ?? [];
    const file = await this.onDisk(() => openToAppend(this.part));
    try {
      for await (const chunk of chunks) {
        touch();
        bytes += chunk.length;
        if (bytes > most) throw new StalePartError(`expected at most ${most} bytes, got more`);
        await this.onDisk(() => file.writeFile(chunk));
        this.tell({ type: 'progress', file: this.file, bytes, ...(total !== undefined && { total }) });
      }
      await this.onDisk(() => file.sync());
    } finally {
      await file.close();
    }
    if (total !== undefined && bytes < total)
      throw new TransientError(`cut off at ${bytes} of ${total} bytes`);
    return total;
  }

  private async finish(expected: RemoteFacts): Promise<Downloaded> {
    const found = await hashFile(this.part, { signal: this.options.signal });
    const difference = differenceOf(found, expected);
    if (difference !== undefined) throw new StalePartError(difference);
    await this.onDisk(() => rename(this.part, this.options.path));
    await rm(this.note, { force: true });
    return this.done(found, expected);
  }

  private done({ bytes, sha256 }: SourceFile, expected: RemoteFacts): Downloaded {
    const verified =
      expected.sha256 !== undefined ? 'sha256' : expected.size !== undefined ? 'size' : 'nothing';
    this.tell({ type: 'done', file: this.file, bytes, verified });
    return { path: this.options.path, bytes, sha256, verified };
  }

  /** One request under the stall guard; failures of the line become TransientErrors. */
  private async request<T>(
    init: { readonly method?: string; readonly redirect?: 'manual'; readonly headers?: object },
    use: (response: Response, touch: () => void) => Promise<T>,
  ): Promise<T> {
    // Compressed answers have other sizes, and ranges of them are of no use.
    const headers = { 'accept-encoding': 'identity', ...init.headers };
    const { url, signal: outer } = this.options;
    const guarded = { url, stallMs: this.timing.stallMs, signal: outer };
    return withStallGuard(guarded, async (signal, touch) =>
      use(await fetch(url, { ...init, headers, signal }), touch),
    );
  }

  /** Tries again after failures of the line, as long as new bytes come or retries are left. */
  private async retry<T>(action: () => Promise<T>): Promise<T> {
    const { retries, backoffMs, longestWaitMs, wait } = this.timing;
    let furthest = await this.bytes();
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        const have = await this.bytes();
        if (have > furthest) attempt = 1;
        furthest = Math.max(furthest, have);
        if (attempt > retries) throw this.gaveUp(error, attempt);
        const waitMs = Math.min(longestWaitMs, Math.max(error.retryAfterMs, backoffMs * 2 ** (attempt - 1)));
        this.tell({ type: 'retry', file: this.file, attempt, waitMs, reason: error.message });
        await wait(waitMs, this.options.signal);
      }
    }
  }

  /** Bytes of the part on disk. */
  private async bytes(): Promise<number> {
    const part = await lstat(this.part).catch(() => undefined);
    if (part === undefined || part.isFile()) return part?.size ?? 0;
    throw new DataError(`${this.part}: expected a part of a download, got something else; remove it`);
  }

  private async discard(): Promise<void> {
    await this.onDisk(async () => {
      await rm(this.part, { force: true });
      await rm(this.note, { force: true });
    });
  }

  private async onDisk<T>(action: () => Promise<T>): Promise<T> {
    return action().catch((error: unknown) => {
      throw writeError(this.part, error);
    });
  }

  private gaveUp(cause: TransientError, attempts: number): DataError {
    return new DataError(
      `download ${this.options.url}: expected an answer, got ${cause.message} ` +
        `(${attempts} failed tries); check the network and run it again to go on, or use a local copy`,
      { cause },
    );
  }

  private wrongFile(cause: StalePartError): DataError {
    return new DataError(
      `download ${this.options.url}: ${cause.message}; the file is damaged or not the one announced, ` +
        'it was removed: run it again, or use a local copy',
      { cause },
    );
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
 * @throws ConfigError when the address is none of the web; DataError when the address is wrong, the line stays dead, the disk refuses, or the file is not the one
 * announced; the signal's reason when aborted. The part stays for the next call unless it is wrong.
 */
export async function downloadFile(options: DownloadOptions): Promise<Downloaded> {
  checkDownload('downloadFile', options);
  webAddress(options.url, 'download');
  await makeFolder(dirname(options.path)).catch((error: unknown) => {
    throw writeError(options.path, error);
  });
  return new Download(options).run();
}
