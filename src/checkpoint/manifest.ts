import { z } from 'zod';
import { CheckpointError } from '../core/errors.js';
import { isObject } from '../core/isObject.js';

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** The format's name and the newest version this program reads and writes. */
const FORMAT = 'pavlov-checkpoint';
const FORMAT_VERSION = 1;

/** What a checkpoint says beside its tensors. Values of other rooms pass through as they are. */
export interface CheckpointFacts {
  /** Updates done. */
  readonly step: number;
  /** The whole resolved run config. */
  readonly config: JsonObject;
  /** What the model was built from. */
  readonly model: JsonObject;
  readonly tokenizer: JsonObject;
  /** Where the data stream goes on; null for a checkpoint without one. */
  readonly cursor: Json;
  /** State of the random streams, by name. */
  readonly rng: JsonObject;
  /** Counters and records of the run: tokens seen, time spent, best validation. */
  readonly progress: JsonObject;
  /** What wrote it: `{ pavlov: '0.1.0', node: 'v20.20.2', ... }`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Hashes of what it was trained on; absent where that is no text. */
  readonly data?: JsonObject;
}

export interface FileFacts {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

export interface Manifest extends CheckpointFacts {
  /** Every other file of the folder, by name. */
  readonly files: Readonly<Record<string, FileFacts>>;
}

/** Hash of bytes or text as lower-case hexadecimal; given, because hashing needs Node. */
export type Hash = (content: Uint8Array | string) => string;

const jsonObject = z.custom<JsonObject>(isObject, 'expected an object');

const schema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  step: z.int().min(0),
  config: jsonObject,
  model: jsonObject,
  tokenizer: jsonObject,
  cursor: z.custom<Json>((value) => value !== undefined, 'expected a value'),
  rng: jsonObject,
  data: jsonObject.exactOptional(),
  progress: jsonObject,
  versions: z.record(z.string(), z.string()),
  files: z.record(
    z.string(),
    z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

/** The text of `manifest.json`: the manifest, and last the hash of all that precedes it. */
export function encodeManifest(manifest: Manifest, hash: Hash): string {
  const body = { format: FORMAT, version: FORMAT_VERSION, ...manifest };
  return `${JSON.stringify({ ...body, sha256: hash(JSON.stringify(body)) }, null, 2)}\n`;
}

/**
 * A manifest from the text of `manifest.json`.
 *
 * @param where names the checkpoint in messages, such as `checkpoint step-000400`.
 * @throws CheckpointError when the text is not JSON, is another program's, is of a newer version, lacks a field
 *   or was changed after it was written.
 */
export function decodeManifest(text: string, where: string, hash: Hash): Manifest {
  const value = parse(text, where);
  if (value.format !== FORMAT) {
    throw new CheckpointError(
      `${where}: expected a manifest of format '${FORMAT}', got ${JSON.stringify(value.format)}; it is not a checkpoint of this program`,
    );
  }
  if (value.version !== FORMAT_VERSION) {
    throw new CheckpointError(
      `${where}: expected format version ${FORMAT_VERSION}, got ${JSON.stringify(value.version)}; use the version of pavlov-lm that wrote it (${JSON.stringify(value.versions)})`,
    );
  }
  const { sha256, ...body } = value;
  if (sha256 !== hash(JSON.stringify(body))) {
    throw new CheckpointError(`${where}: manifest.json was changed after it was written; it is damaged`);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return manifestOf(parsed.data);
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new CheckpointError(`${where}: manifest.json does not fit its format: ${faults.join('; ')}`);
}

function manifestOf({
  step,
  config,
  model,
  tokenizer,
  cursor,
  rng,
  data,
  progress,
  versions,
  files,
}: z.infer<typeof schema>): Manifest {
  const facts = { step, config, model, tokenizer, cursor, rng, progress, versions, files };
  return data === undefined ? facts : { ...facts, data };
}

function parse(text: string, where: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(`${where}: expected JSON in manifest.json, got other text; it is damaged`, {
      cause,
    });
  }
  if (isObject(value)) return value as JsonObject; // JSON.parse gives nothing but JSON
  throw new CheckpointError(`${where}: expected a JSON object in manifest.json, got ${text.slice(0, 40)}`);
}
