import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { loadCorpus } from '../../data/index.js';
import { isMissing } from '../../src/checkpoint/diskFault.js';
import { makeFolder } from '../../src/core/atomicFile.js';
import { ConfigError } from '../../src/core/errors.js';
import { reasonOf } from '../../src/core/text.js';
import { PREFIX, type QueueServer } from './server.js';
import type { Needs } from './workers.js';

type Text = NonNullable<Needs['text']>;

/** The largest text that goes through the server, in bytes. */
const MOST_BYTES = 200e6;
const CHUNK_BYTES = 4 << 20;
/** How long the server keeps what was pushed. */
const KEPT_SECONDS = 7 * 24 * 3600;

const key = (fingerprint: string): string => `${PREFIX}:data:${fingerprint}`;
const field = (name: string, chunk: number): string => `${name}/${chunk}`;

async function filesOf(
  source: string,
): Promise<readonly { readonly path: string; readonly bytes: number }[]> {
  const found = await stat(source);
  if (!found.isDirectory()) return [{ path: source, bytes: found.size }];
  const names = (await readdir(source, { withFileTypes: true })).filter((entry) => entry.isFile());
  return Promise.all(
    names.map(async ({ name }) => ({
      path: join(source, name),
      bytes: (await stat(join(source, name))).size,
    })),
  );
}

/**
 * Puts the files of a text on the server, from which workers that lack it take it. What is there already stays.
 *
 * @throws ConfigError for more than 200 MB.
 */
export async function pushText({ redis }: QueueServer, { fingerprint, source }: Text): Promise<void> {
  if (source === 'toy') return;
  const files = await filesOf(source);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > MOST_BYTES)
    throw new ConfigError(
      `--push-data: expected at most 200 MB in ${source}, got ${Math.ceil(bytes / 1e6)} MB; prepare the text with 'pavlov data prepare', or copy it to the same path of every worker`,
    );
  if ((await redis.hexists(key(fingerprint), 'files')) === 1) return;
  for (const { path } of files) {
    const content = await readFile(path);
    for (let at = 0; at === 0 || at < content.length; at += CHUNK_BYTES)
      await redis.hset(
        key(fingerprint),
        field(basename(path), at / CHUNK_BYTES),
        content.subarray(at, at + CHUNK_BYTES),
      );
  }
  // The list is last: while it is missing, the text is.
  const list = files.map(({ path, bytes: size }) => [basename(path), size]);
  await redis.hset(key(fingerprint), 'files', JSON.stringify(list));
  await redis.expire(key(fingerprint), KEPT_SECONDS);
}

async function pullText({ redis }: QueueServer, fingerprint: string, folder: string): Promise<boolean> {
  const list = await redis.hget(key(fingerprint), 'files');
  if (list === null) return false;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await makeFolder(part);
  // The cast: what pushText wrote.
  for (const [name, bytes] of JSON.parse(list) as [string, number][]) {
    const chunks: Buffer[] = [];
    for (let at = 0; at === 0 || at < bytes; at += CHUNK_BYTES)
      chunks.push(
        (await redis.hgetBuffer(key(fingerprint), field(name, at / CHUNK_BYTES))) ?? Buffer.alloc(0),
      );
    await writeFile(join(part, basename(name)), Buffer.concat(chunks));
  }
  await rename(part, folder);
  return true;
}

/** The one file of a folder that held a single text file, else the folder. */
async function sourceIn(folder: string, source: string): Promise<string> {
  const names = await readdir(folder);
  return names.length === 1 && names[0] === basename(source) ? join(folder, basename(source)) : folder;
}

async function faultOf(source: string, { fingerprint, textColumn }: Text): Promise<string | undefined> {
  try {
    const corpus = await loadCorpus(source, textColumn === null ? {} : { textColumn });
    if (corpus.fingerprint === fingerprint) return undefined;
    return `another text (fingerprint ${corpus.fingerprint.slice(0, 12)})`;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Where a worker has a text, or why it has not. */
export type FoundText = { readonly source: string } | { readonly lacks: string };

/** Finds a text by its fingerprint: where the caller has it, among what was pushed before, or on the server. */
export async function findText(server: QueueServer, text: Text, folder: string): Promise<FoundText> {
  const pushed = join(folder, 'data', text.fingerprint);
  const there = await stat(pushed).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!there) {
    const fault = await faultOf(text.source, text);
    if (fault === undefined) return { source: text.source };
    await makeFolder(join(folder, 'data'));
    if (!(await pullText(server, text.fingerprint, pushed)))
      return {
        lacks: `lacks the text ${text.source} with fingerprint ${text.fingerprint.slice(0, 12)} (got ${fault}): copy it there, or add --push-data`,
      };
  }
  const source = await sourceIn(pushed, text.source);
  const fault = await faultOf(source, text);
  if (fault === undefined) return { source };
  await rm(pushed, { recursive: true, force: true });
  return { lacks: `got ${fault} from the server for ${text.source}: run again with --push-data` };
}
