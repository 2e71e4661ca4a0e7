import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { z } from 'zod';
import { DataError } from '../../../src/core/errors.js';
import { writeAtomically } from './atomicFile.js';
import { runWork, type Following, type Work } from '../work.js';
import type { EncodedSet, TokenSet } from './tokenSet.js';
import { checkIsFile, READ_FLAGS } from '../../../src/core/wholeFile.js';

const MAGIC = 'PAVTOKEN';
const VERSION = 1;
/** Magic, version, header size. */
const PREFIX_BYTES = 16;
const LARGEST_HEADER = 1 << 16;
const LARGEST_READ = 1 << 30;
const HASHED_AT_ONCE = 1 << 22;

const count = z.number().int().nonnegative();
const splitSchema = z.object({ tokens: count, stories: count });
const headerSchema = z.object({
  key: z.string(),
  byteOrder: z.enum(['LE', 'BE']),
  tokenBytes: z.union([z.literal(2), z.literal(4)]),
  endOfText: count,
  vocabularySize: count,
  train: splitSchema,
  validation: splitSchema,
  payloadBytes: count,
  sha256: z.string(),
});

type Header = z.infer<typeof headerSchema>;
/** What the checksum covers beside the arrays. */
type Facts = Omit<Header, 'sha256'>;
type SplitSizes = z.infer<typeof splitSchema>;

function damaged(path: string, what: string): DataError {
  return new DataError(`${path}: expected a whole token file, got ${what}; remove it and encode again`);
}

function rawBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const padding = (size: number, to: number): number => (to - (size % to)) % to;

/** The arrays of both splits, 32-bit ones first so that every view is aligned. */
function payloadOf({ train, validation }: EncodedSet): Uint8Array[] {
  const wide = [train, validation].flatMap(({ starts, storyBytes }) => [starts, storyBytes]);
  return [...wide, train.tokens, validation.tokens].map(rawBytes);
}

/** SHA-256 over a text and arrays, as hex. */
function* hashing(text: string, arrays: readonly Uint8Array[]): Work<string> {
  const hash = createHash('sha256').update(text);
  for (const array of arrays) {
    for (let at = 0; at < array.length; at += HASHED_AT_ONCE) {
      const part = array.subarray(at, at + HASHED_AT_ONCE);
      hash.update(part);
      yield part.length;
    }
  }
  return hash.digest('hex');
}

/** SHA-256 over the facts of the header and the arrays. */
async function checksum(facts: Facts, payload: readonly Uint8Array[], following: Following): Promise<string> {
  const what = { doing: 'checking the tokens', total: facts.payloadBytes };
  return runWork(hashing(JSON.stringify(facts), payload), following, what);
}

/** SHA-256 over the tokens of a set and where its stories begin, as hex: equal when the tokens are. */
export async function hashTokens({ tokens, starts }: TokenSet, following: Following = {}): Promise<string> {
  return runWork(hashing('', [tokens, starts].map(rawBytes)), following, { doing: 'hashing the tokens' });
}

function encodeHeader(header: Header): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc(padding(PREFIX_BYTES + json.length, 8), ' ')]);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt32LE(VERSION, 8);
  prefix.writeUInt32LE(padded.length, 12);
  return Buffer.concat([prefix, padded]);
}

/**
 * Writes an encoded set to one file, atomically.
 *
 * @param key what the file was made from; `readTokenFile` asks for it again
 * @throws DataError when it cannot be written.
 */
export async function writeTokenFile(
  path: string,
  key: string,
  set: EncodedSet,
  following: Following = {},
): Promise<void> {
  const payload = payloadOf(set);
  const sizes = ({ tokens, storyBytes }: TokenSet): SplitSizes => ({
    tokens: tokens.length,
    stories: storyBytes.length,
  });
  const facts: Facts = {
    key,
    byteOrder: endianness(),
    tokenBytes: set.train.tokens.BYTES_PER_ELEMENT === 2 ? 2 : 4,
    endOfText: set.train.endOfText,
    vocabularySize: set.train.vocabularySize,
    train: sizes(set.train),
    validation: sizes(set.validation),
    payloadBytes: payload.reduce((sum, part) => sum + part.length, 0),
  };
  const header = encodeHeader({ ...facts, sha256: await checksum(facts, payload, following) });
  await writeAtomically(path, [header, ...payload]);
}

/** The whole file in one buffer, so that the arrays are views of it and nothing is copied. */
async function readWhole(path: string): Promise<ArrayBuffer> {
  const file = await open(path, READ_FLAGS);
  try {
    const found = await file.stat();
    checkIsFile(found);
    const { size } = found;
    const buffer = new ArrayBuffer(size);
    for (let at = 0; at < size;) {
      const part = new Uint8Array(buffer, at, Math.min(LARGEST_READ, size - at));
      const { bytesRead } = await file.read(part, 0, part.length, at);
      if (bytesRead === 0) throw damaged(path, 'a file that became shorter');
      at += bytesRead;
    }
    return buffer;
  } finally {
    await file.close();
  }
}

function parseHeader(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // the schema then says what is wrong
  }
}

/** A file in memory: its header, and where the arrays begin. */
interface Opened {
  readonly buffer: ArrayBuffer;
  readonly header: Header;
  readonly begin: number;
}

function readHeader(path: string, buffer: ArrayBuffer): Opened {
  const prefix = Buffer.from(buffer, 0, Math.min(PREFIX_BYTES, buffer.byteLength));
  if (prefix.length < PREFIX_BYTES || prefix.toString('latin1', 0, 8) !== MAGIC)
    throw damaged(path, 'other data');
  const [version, size] = [prefix.readUInt32LE(8), prefix.readUInt32LE(12)];
  if (version !== VERSION) throw damaged(path, `version ${version} instead of ${VERSION}`);
  if (size > LARGEST_HEADER || PREFIX_BYTES + size > buffer.byteLength)
    throw damaged(path, 'a cut-off header');
  const parsed = headerSchema.safeParse(parseHeader(Buffer.from(buffer, PREFIX_BYTES, size).toString()));
  if (!parsed.success) throw damaged(path, 'a damaged header');
  return { buffer, header: parsed.data, begin: PREFIX_BYTES + size };
}

async function checkPayload(
  path: string,
  { buffer, begin, header }: Opened,
  following: Following,
): Promise<void> {
  const { sha256, ...facts } = header;
  const { train, validation, tokenBytes, payloadBytes, byteOrder } = facts;
  const wide = 4 * 2 * (train.stories + validation.stories + 1);
  const stated = wide + tokenBytes * (train.tokens + validation.tokens);
  const present = buffer.byteLength - begin;
  if (stated !== payloadBytes) throw damaged(path, 'a header that contradicts itself');
  if (present !== payloadBytes) throw damaged(path, `${present} bytes of tokens instead of ${payloadBytes}`);
  if (byteOrder !== endianness()) throw damaged(path, `the byte order ${byteOrder} of another machine`);
  if ((await checksum(facts, [new Uint8Array(buffer, begin)], following)) !== sha256) {
    throw damaged(path, 'tokens with another checksum');
  }
}

function viewsOf({ buffer, begin, header }: Opened): EncodedSet {
  const { endOfText, vocabularySize, tokenBytes } = header;
  let at = begin;
  const wide = (size: number): Uint32Array => new Uint32Array(buffer, (at += 4 * size) - 4 * size, size);
  const tokens = (size: number): TokenSet['tokens'] => {
    at += tokenBytes * size;
    const offset = at - tokenBytes * size;
    return tokenBytes === 2 ? new Uint16Array(buffer, offset, size) : new Int32Array(buffer, offset, size);
  };
  const splits = [header.train, header.validation] as const;
  const tables = splits.map(({ stories }) => ({ starts: wide(stories + 1), storyBytes: wide(stories) }));
  const [train, validation] = tables.map((table, i): TokenSet => ({
    ...table,
    tokens: tokens(splits[i]?.tokens ?? 0),
    bytes: table.storyBytes.reduce((sum, size) => sum + size, 0),
    endOfText,
    vocabularySize,
  }));
  if (!train || !validation) throw new DataError('token file: expected two splits, got fewer; encode again');
  return { train, validation };
}

/**
 * Reads an encoded set: the file is read once into one buffer and the arrays are views of it.
 *
 * @throws DataError when the file is cut off, damaged, of another version or machine, or when its key is not
 * the one given; the system's error when it is not there; the signal's reason when aborted.
 */
export async function readTokenFile(
  path: string,
  key: string,
  following: Following = {},
): Promise<EncodedSet> {
  const opened = readHeader(path, await readWhole(path));
  if (opened.header.key !== key) throw damaged(path, 'tokens of another text or tokenizer');
  await checkPayload(path, opened, following);
  return viewsOf(opened);
}
