import { createHash } from 'node:crypto';
import { z } from 'zod';
import { decodeTensors, encodeTensors, float32 } from '../../../src/checkpoint/format.js';
import { replaceFile } from '../../../src/core/atomicFile.js';
import { DataError } from '../../../src/core/errors.js';
import type { RngState } from '../../../src/core/rng.js';
import { reasonOf } from '../../../src/core/text.js';
import type { SavedState } from '../../../src/model/decode.js';
import type { Model } from '../../../src/model/model.js';
import { readWhole } from '../../../src/core/wholeFile.js';

/** All that a conversation carries on, of constant size. */
export interface ConversationState {
  readonly memory: SavedState;
  /** Ids that were drawn but not read. */
  readonly pending: readonly number[];
  readonly rng: RngState;
}

const FORMAT = 'pavlov-memory 1';

const facts = z.strictObject({
  format: z.literal(FORMAT),
  model: z.string(),
  tokens: z.string().regex(/^\d+$/),
  pending: z.string().regex(/^\d*$/),
  rng: z.string().regex(/^\d+( \d+){3}$/),
  sha256: z.string(),
});

/** A hash of all weights, by which a state knows its model. */
export function fingerprintOf(model: Model): string {
  const hash = createHash('sha256');
  for (const { name, shape, variable } of model.weights) {
    hash.update(`${name} ${shape.join()}\n`);
    const { buffer, byteOffset, byteLength } = variable.dataSync();
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}

/** A hash of what a file says and holds, so that no damage stays unseen. */
function sumOf(
  said: readonly string[],
  tensors: ReadonlyMap<string, { readonly data: Float32Array }>,
): string {
  const hash = createHash('sha256').update(said.join('\n'));
  for (const [name, { data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${name}\n`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** Writes a state, as safetensors; a file that is there is replaced. */
export async function saveState(path: string, state: ConversationState, model: string): Promise<void> {
  const values = new Map(Object.entries(state.memory.values));
  const said = {
    format: FORMAT,
    model,
    tokens: state.memory.tokens.join(' '),
    pending: state.pending.join(' '),
    rng: state.rng.join(' '),
  };
  const sha256 = sumOf(Object.values(said), values);
  const tensors = new Map(
    Array.from(values, ([name, { shape, data }]) => [name, float32(shape, data)] as const),
  );
  await replaceFile(path, [encodeTensors(tensors, { ...said, sha256 })]);
}

/** Of the memories of a conversation. */
const MOST_BYTES = 1e9;

/**
 * Reads a state.
 *
 * @throws DataError for a file that is missing, damaged, of another kind or of another model.
 */
export async function loadState(path: string, model: string): Promise<ConversationState> {
  const damaged = (what: string): DataError =>
    new DataError(`${path}: expected a memory that :save has written, got ${what}; nothing was loaded`);
  const { fileError } = await import('../../../data/text/corpus/fileSlices.js');
  const bytes = await readWhole(path, MOST_BYTES).catch((error: unknown) => {
    throw fileError(path, error);
  });
  const { tensors, metadata } = read(bytes, path, damaged);
  const parsed = facts.safeParse(metadata);
  if (!parsed.success) throw damaged('other tensors');
  const { sha256, ...said } = parsed.data;
  const values = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, tensor] of tensors) {
    if (tensor.dtype !== 'F32') throw damaged(`${tensor.dtype} in place of F32`);
    values.set(name, { shape: tensor.shape, data: tensor.data });
  }
  const order = [said.format, said.model, said.tokens, said.pending, said.rng];
  if (sumOf(order, values) !== sha256) throw damaged('one that was changed since');
  if (said.model !== model) {
    throw new DataError(
      `${path}: expected a memory of this model, got one of another; open the run it was saved with`,
    );
  }
  const numbers = (text: string): number[] => (text === '' ? [] : text.split(' ').map(Number));
  const [a = 0, b = 0, c = 0, d = 0] = numbers(said.rng);
  return {
    memory: { tokens: numbers(said.tokens), values: Object.fromEntries(values) },
    pending: numbers(said.pending),
    rng: [a, b, c, d],
  };
}

function read(bytes: Uint8Array, path: string, damaged: (what: string) => DataError) {
  try {
    return decodeTensors(bytes, path);
  } catch (error) {
    throw damaged(`something else (${reasonOf(error)})`);
  }
}
