import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadFile, type DownloadEvent, type DownloadOptions } from '../../../data/index.js';
import { DataError } from '../../../src/core/errors.js';
import { FileServer } from './support/fileServer.js';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const textOf = (seed: number): Buffer =>
  Buffer.from(Array.from({ length: 3000 }, (_, i) => `line ${(i * seed) % 9973} of the file`).join('\n'));

const original = textOf(7);
const changed = textOf(11);

let server: FileServer;
let folder: string;
let path: string;
let events: DownloadEvent[];
let waits: number[];

beforeEach(async () => {
  server = new FileServer();
  server.body = original;
  server.announcedHash = sha256(original);
  await server.start();
  folder = mkdtempSync(join(tmpdir(), 'pavlov-download-'));
  path = join(folder, 'deep', 'file.txt');
  events = [];
  waits = [];
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const timing = { retries: 3, backoffMs: 10, wait: async (ms: number) => void waits.push(ms) };

/** Notes an event, and lets the server cut the line where it was told to. */
function note(event: DownloadEvent): void {
  events.push(event);
  if (event.type === 'progress') server.clientHas(event.bytes);
}

function fetchIt({ timing: changes, ...options }: Partial<DownloadOptions> = {}) {
  return downloadFile({
    url: server.url,
    path,
    timing: { ...timing, ...changes },
    onEvent: note,
    ...options,
  });
}

const kinds = (): string[] => events.map(({ type }) => type).filter((type) => type !== 'progress');

/** Leaves a part behind: the line is cut and there are no retries. */
async function leavePart(bytes: number): Promise<void> {
  server.faults = [{ cutAfter: bytes }];
  await expect(fetchIt({ timing: { retries: 0 } })).rejects.toThrow(DataError);
  expect(existsSync(path)).toBe(false);
  const part = readFileSync(`${path}.part`);
  expect(part.length).toBeGreaterThan(0);
  expect(original.subarray(0, part.length).equals(part)).toBe(true);
  events = [];
}

const leftOver = (): string[] => readdirSync(join(folder, 'deep'));

describe('downloadFile', () => {
  it('fetches a file behind a redirect and checks the hash the server announces', async () => {
    const done = await fetchIt();
    expect(done).toEqual({ path, bytes: original.length, sha256: sha256(original), verified: 'sha256' });
    expect(readFileSync(path).equals(original)).toBe(true);
    expect(leftOver()).toEqual(['file.txt']);
    const last = events.filter((event) => event.type === 'progress').at(-1);
    expect(last).toMatchObject({ file: 'file.txt', bytes: original.length, total: original.length });
    expect(events.at(-1)).toMatchObject({ type: 'done', verified: 'sha256' });
  });

  it('says what was verified when no hash is known, or not even a size', async () => {
    server.announcedHash = undefined;
    expect((await fetchIt()).verified).toBe('size');
    rmSync(path);
    server.faults = [{ chunked: true }];
    expect((await fetchIt()).verified).toBe('nothing');
    expect(readFileSync(path).equals(original)).toBe(true);
  });

  it('goes on by a range after the line was cut, again and again', async () => {
    server.faults = [
      { cutAfter: 1000 },
      { cutAfter: 2000 },
      { cutAfter: 500 },
      { cutAfter: 9000 },
      { cutAfter: 1 },
    ];
    await fetchIt({ timing: { retries: 1 } });
    expect(readFileSync(path).equals(original)).toBe(true);
    expect(kinds().filter((type) => type === 'retry')).toHaveLength(5);
    expect(server.ranges[1]).toMatch(/^bytes=\d+-$/);
    expect(waits).toEqual([10, 10, 10, 10, 10]);
  });

  it('notices a stalled line and goes on', async () => {
    server.faults = [{ stallAfter: 4000 }];
    // On a busy machine an answer may take as long as a stall; then it is asked for again.
    await fetchIt({ timing: { stallMs: 200, retries: 1000 } });
    expect(readFileSync(path).equals(original)).toBe(true);
    expect(events).toContainEqual(expect.objectContaining({ type: 'retry', reason: 'no data for 200 ms' }));
    expect(server.ranges.at(-1)).toBe('bytes=4000-');
  });

  it('goes on from a part of an earlier run, asking for the same version', async () => {
    await leavePart(5000);
    const have = readFileSync(`${path}.part`).length;
    await fetchIt();
    expect(kinds()).toEqual(['resumed', 'done']);
    expect(server.seen.at(-1)).toEqual({ method: 'GET', range: `bytes=${have}-`, ifRange: '"v1"' });
    expect(readFileSync(path).equals(original)).toBe(true);
  });

  it('finishes a part that is already whole', async () => {
    await leavePart(5000);
    writeFileSync(`${path}.part`, original);
    const asked = server.ranges.length;
    await fetchIt();
    expect(server.ranges).toHaveLength(asked);
    server.announcedHash = undefined;
    rmSync(path);
    await leavePart(5000);
    writeFileSync(`${path}.part`, original);
    expect((await fetchIt()).bytes).toBe(original.length);
  });

  it('starts anew when the server ignores ranges', async () => {
    await leavePart(5000);
    server.faults = [{ ignoreRange: true }];
    await fetchIt();
    expect(kinds()).toEqual(['restarted', 'done']);
    expect(readFileSync(path).equals(original)).toBe(true);
  });

  it('starts anew when the announced hash has changed', async () => {
    await leavePart(5000);
    server.body = changed;
    server.announcedHash = sha256(changed);
    await fetchIt();
    expect(events[0]).toMatchObject({ type: 'restarted', reason: 'the file has changed on the server' });
    expect(readFileSync(path).equals(changed)).toBe(true);
  });

  it('starts anew when only the ETag has changed', async () => {
    server.announcedHash = undefined;
    await leavePart(5000);
    server.body = changed;
    server.etag = '"v2"';
    await fetchIt();
    expect(kinds()).toEqual(['restarted', 'done']);
    expect(readFileSync(path).equals(changed)).toBe(true);
  });

  it('does not go on with a part whose version nothing tells', async () => {
    server.announcedHash = undefined;
    server.etag = undefined;
    await leavePart(5000);
    server.body = changed;
    await fetchIt();
    expect(events[0]).toMatchObject({ reason: 'nothing tells the version of the part' });
    expect(readFileSync(path).equals(changed)).toBe(true);
  });

  it.each([
    [
      'without a note',
      (part: string) => rmSync(`${part}.json`),
      'the part has no note of what it is a part of',
    ],
    [
      'with a damaged note',
      (part: string) => writeFileSync(`${part}.json`, '{"url":3}'),
      'the part has no note',
    ],
  ])('does not go on with a part %s', async (_, harm, reason) => {
    await leavePart(5000);
    harm(`${path}.part`);
    await fetchIt();
    expect(events[0]).toMatchObject({ type: 'restarted', reason: expect.stringContaining(reason) as string });
    expect(readFileSync(path).equals(original)).toBe(true);
  });

  it('does not go on with a part of another address', async () => {
    await leavePart(5000);
    await fetchIt({ url: `${server.url}?download=true` });
    expect(events[0]).toMatchObject({ type: 'restarted', reason: `the part is of ${server.url}` });
  });

  it('fetches the whole file once more when the pieces do not make the file announced', async () => {
    await leavePart(5000);
    const part = readFileSync(`${path}.part`);
    writeFileSync(`${path}.part`, Buffer.concat([Buffer.from('X'), part.subarray(1)]));
    await fetchIt();
    expect(kinds()).toEqual(['resumed', 'restarted', 'done']);
    expect(readFileSync(path).equals(original)).toBe(true);
  });

  it('does not believe a range that begins elsewhere', async () => {
    await leavePart(5000);
    server.faults = [{ wrongRange: true }];
    await fetchIt();
    expect(kinds()).toEqual(['restarted', 'done']);
    expect(readFileSync(path).equals(original)).toBe(true);
  });

  it('refuses and removes a file with another hash than announced', async () => {
    server.announcedHash = sha256(changed);
    await expect(fetchIt()).rejects.toThrow(
      `download ${server.url}: expected sha256 ${sha256(changed)}, got ${sha256(original)}; the file is damaged`,
    );
    expect(leftOver()).toEqual([]);
    expect(server.ranges).toHaveLength(1);
  });

  it('refuses a file with another hash than given, before and after fetching it', async () => {
    await expect(fetchIt({ sha256: sha256(changed) })).rejects.toThrow('announced by the server');
    expect(server.ranges).toEqual([]);
    server.announcedHash = undefined;
    await expect(fetchIt({ sha256: sha256(changed) })).rejects.toThrow(DataError);
    expect(leftOver()).toEqual([]);
    expect((await fetchIt({ sha256: sha256(original) })).verified).toBe('sha256');
  });

  it('leaves a good file alone and replaces a bad one', async () => {
    await fetchIt();
    await fetchIt();
    expect(server.ranges).toHaveLength(1);
    writeFileSync(path, 'something else');
    await fetchIt();
    expect(readFileSync(path).equals(original)).toBe(true);
  });

  it('waits longer after each failure, as the server asks, and then gives up with the part kept', async () => {
    server.faults = [
      { cutAfter: 3000 },
      ...[503, 429, 500].map((status) => ({ status, retryAfter: status === 429 ? 7 : 0 })),
    ];
    const failed = fetchIt({
      timing: { retries: 3 },
    });
    await expect(failed).rejects.toThrow(
      /download .*: expected an answer, got HTTP status 500 \(4 failed tries\); check the network/,
    );
    expect(waits).toEqual([10, 20, 7000]);
    expect(readFileSync(`${path}.part`)).toHaveLength(3000);
    await fetchIt();
    expect(readFileSync(path).equals(original)).toBe(true);
  });

  it('gives up on a server that ignores ranges and always cuts at the same place', async () => {
    server.faults = Array.from({ length: 20 }, () => ({ cutAfter: 3000, ignoreRange: true }));
    await expect(fetchIt()).rejects.toThrow(/\(4 failed tries\)/);
  });

  it('says at once that an address is wrong', async () => {
    server.headStatus = 404;
    await expect(fetchIt()).rejects.toThrow(/expected HTTP status 200, got 404; check the address/);
    expect(waits).toEqual([]);
    server.headStatus = 405;
    server.faults = [{ status: 403 }];
    await expect(fetchIt()).rejects.toThrow('got 403');
    expect(waits).toEqual([]);
  });

  it('works with a server that does not answer HEAD', async () => {
    server.headStatus = 405;
    expect((await fetchIt()).verified).toBe('size');
  });

  it('names the fault of a dead address', async () => {
    const { url } = server;
    await server.stop();
    await expect(fetchIt({ url })).rejects.toThrow(/got ECONNREFUSED \(4 failed tries\)/);
    await server.start();
  });

  it('stops when it is told to and goes on later', async () => {
    const stop = new AbortController();
    server.faults = [{ stallAfter: 4000 }];
    const onEvent = (event: DownloadEvent) => event.type === 'progress' && stop.abort(new Error('enough'));
    await expect(fetchIt({ signal: stop.signal, onEvent })).rejects.toThrow('enough');
    expect(waits).toEqual([]);
    expect(readFileSync(`${path}.part`).length).toBeGreaterThan(0);
    await fetchIt();
    expect(readFileSync(path).equals(original)).toBe(true);
  });

  it('names a folder that cannot be written', async () => {
    writeFileSync(join(folder, 'deep'), 'a file in the way');
    await expect(fetchIt()).rejects.toThrow(/expected to write the file, got (EEXIST|ENOTDIR)/);
  });
});
