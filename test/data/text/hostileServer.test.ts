import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadFile, fetchTinyStories, type DownloadOptions } from '../../../data/index.js';
import { ConfigError, DataError } from '../../../src/core/errors.js';
import { FileServer } from './support/fileServer.js';

const original = Buffer.from(Array.from({ length: 3000 }, (_, i) => `line ${i} of the file`).join('\n'));

const hash = createHash('sha256').update(original).digest('hex');

let server: FileServer;
let folder: string;
let path: string;
let waits: number;

beforeEach(async () => {
  server = new FileServer();
  server.body = original;
  await server.start();
  folder = mkdtempSync(join(tmpdir(), 'pavlov-hostile-'));
  path = join(folder, 'file.txt');
  waits = 0;
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const wait = async (): Promise<void> => {
  waits += 1;
};

function fetchIt({ timing, onEvent, ...options }: Partial<DownloadOptions> = {}) {
  return downloadFile({
    url: server.url,
    path,
    timing: { retries: 3, backoffMs: 1, wait, ...timing },
    onEvent: (event) => {
      if (event.type === 'progress') server.clientHas(event.bytes);
      onEvent?.(event);
    },
    ...options,
  });
}

async function leavePart(bytes: number): Promise<void> {
  server.faults = [{ cutAfter: bytes }];
  await expect(fetchIt({ timing: { retries: 0 } })).rejects.toThrow(DataError);
  expect(readFileSync(`${path}.part`).length).toBeGreaterThan(0);
}

describe('an address', () => {
  it.each(['not a url', 'ftp://example.org/', 'file:///etc/', 'data:text/plain,x', '/data', ''])(
    "that is none of the web, such as '%s', is refused before anything is made",
    async (address) => {
      await expect(fetchIt({ url: address })).rejects.toThrow(ConfigError);
      const out = join(folder, 'out');
      const fetching = fetchTinyStories(out, { baseUrl: address });
      await expect(fetching).rejects.toThrow(
        'mirror: expected an address that begins with https:// or http://',
      );
      expect(existsSync(out)).toBe(false);
    },
  );

  it.each(['ftp://example.org/x', 'file:///etc/passwd', 'http://127.0.0.1:1/'])(
    'that leads to %s is not tried again',
    async (location) => {
      server.faults = Array.from({ length: 9 }, () => ({ location }));
      server.headStatus = 405;
      await expect(fetchIt()).rejects.toThrow(/download .*: expected an answer, got /);
      expect([waits, server.ranges.length]).toEqual([0, 1]);
    },
  );

  it('that leads back to itself is not tried again', async () => {
    server.headStatus = 405;
    server.faults = Array.from({ length: 40 }, () => ({ location: server.url }));
    await expect(fetchIt()).rejects.toThrow('redirect count exceeded');
    expect(waits).toBe(0);
  });
});

describe('a file', () => {
  it('that comes compressed is refused, since its size and hash are those of something else', async () => {
    const body = gzipSync(original);
    server.faults = [{ body, encoding: 'gzip' }];
    await expect(fetchIt()).rejects.toThrow('expected the file as it is, got it compressed (gzip)');
    expect([existsSync(path), waits]).toEqual([false, 0]);
  });

  it('whose end nothing tells is refused, unless its hash is known', async () => {
    server.headStatus = 405;
    server.faults = [{ unframed: true, cutAfter: 1000 }];
    await expect(fetchIt()).rejects.toThrow('expected a server that says how long the file is, got none');
    expect(existsSync(path)).toBe(false);
    server.faults = [{ unframed: true }];
    expect((await fetchIt({ sha256: hash })).verified).toBe('sha256');
  });

  it('that is longer than was announced is cut off there, and removed', async () => {
    server.announcedHash = hash;
    server.faults = [{ chunked: true, body: Buffer.concat([original, Buffer.alloc(1 << 22)]) }];
    let most = 0;
    const onEvent: DownloadOptions['onEvent'] = (event) => {
      if (event.type === 'progress') most = Math.max(most, event.bytes);
    };
    await expect(fetchIt({ onEvent })).rejects.toThrow(`expected at most ${original.length} bytes, got more`);
    expect(most).toBeLessThanOrEqual(original.length);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that goes on as another version is fetched anew', async () => {
    await leavePart(5000);
    server.faults = [{ etag: '"v2"', ignoreIfRange: true, body: Buffer.alloc(original.length, 'x') }];
    const reasons: string[] = [];
    await fetchIt({ onEvent: (event) => event.type === 'restarted' && reasons.push(event.reason) });
    expect(reasons).toEqual(['the file has changed on the server']);
    expect(readFileSync(path).equals(original)).toBe(true);
  });
});

it('a folder in the place of a part, or of its note, is named and left', async () => {
  mkdirSync(`${path}.part`);
  writeFileSync(join(`${path}.part`, 'mine'), '');
  await expect(fetchIt()).rejects.toThrow(`${path}.part: expected a part of a download, got something else`);
  expect(readdirSync(`${path}.part`)).toEqual(['mine']);
  rmSync(`${path}.part`, { recursive: true });
  await leavePart(5000);
  rmSync(`${path}.part.json`);
  mkdirSync(`${path}.part.json`);
  await expect(fetchIt()).rejects.toThrow(DataError);
});
