import { z } from 'zod';
import { ConfigError, ShapeError } from '../core/errors.js';
import { assertShape, type Sizes } from '../core/shapes.js';
import { tf, type Tensor, type Tensor1D, type Tensor2D, type Variable } from '../core/tf.js';
import { weightOf, weightsUnder } from '../core/weights.js';
import { optionsCheck } from '../core/options.js';
import type { CompiledFunction, Engine } from '../engine/engine.js';
import type { StepHook } from '../mixers/contract.js';
import type { Model } from './model.js';
import { Packing, type Shapes } from './packedState.js';

/**
 * All that a model carries from token to token, by names such as `layers.0.rule.S`. Its size does not depend
 * on how many tokens there were; a mixer that keeps tokens has a cache of fixed length instead.
 */
export type DecodeState = Readonly<Record<string, Tensor>>;

export interface DecodeStateOptions {
  /**
   * Tokens the cache of a mixer that keeps tokens holds. Decoding equals the full pass up to that many tokens; beyond,
   * such a layer sees only the last of them. Other mixers have no limit and ignore it. Default 1024.
   */
  readonly cacheLength?: number;
}

const checkOptions = optionsCheck<DecodeStateOptions>({ cacheLength: z.number().optional() });

/** Default length of a cache, in tokens. */
const CACHE_LENGTH = 1024;

/** The most that the caches of all layers may take together: 1 GiB. */
const MOST_CACHE_BYTES = 2 ** 30;

/** Logits `[B,vocabulary]` after the last token given, and the state after it. */
export interface Decoded {
  readonly logits: Tensor2D;
  readonly state: DecodeState;
}

function under(prefix: string, state: DecodeState): [string, Tensor][] {
  return Object.entries(state).map(([name, tensor]) => [`${prefix}.${name}`, tensor]);
}

/** Refuses a cache that would take more memory than there is, before anything is made. */
function checkCache(model: Model, batchSize: number, cacheLength: number): void {
  if (!Number.isSafeInteger(cacheLength) || cacheLength < 1) {
    throw new ConfigError(
      `initDecodeState: expected a cacheLength that is a whole number of at least 1, got ${cacheLength}`,
    );
  }
  const bytes = batchSize * (model.stateBytes(2) - model.stateBytes(1));
  if (bytes * cacheLength <= MOST_CACHE_BYTES) return;
  const most = Math.floor(MOST_CACHE_BYTES / bytes);
  throw new ConfigError(
    `decoding: expected at most ${most} tokens, prompt included, got ${cacheLength}; the layers keep ` +
      `${bytes} bytes of every token, and 1 GiB in all is the most: ask for fewer tokens`,
  );
}

/** The most rows that a decoder of that cache length may have: infinite where nothing is kept of a token. */
export function mostRows(model: Model, cacheLength: number = CACHE_LENGTH): number {
  const bytes = model.stateBytes(2) - model.stateBytes(1);
  return bytes === 0 ? Infinity : Math.floor(MOST_CACHE_BYTES / (bytes * cacheLength));
}

const shapesOf = (state: Readonly<Record<string, { readonly shape: readonly number[] }>>): Shapes =>
  Object.fromEntries(Object.entries(state).map(([name, { shape }]) => [name, shape]));

/** Sizes of the states of one row, by name. */
function sizesOf(model: Model, cacheLength: number): ReadonlyMap<string, number> {
  const state = tf.tidy(() => initDecodeState(model, 1, { cacheLength }));
  const sizes = new Map(Object.entries(state).map(([name, { size }]) => [name, size]));
  tf.dispose({ ...state });
  return sizes;
}

/** How states lie in variables: side by side, but for caches, in which the engine writes single rows. */
function packingOf(model: Model, shapes: Shapes): Packing {
  const [short, long] = [sizesOf(model, 1), sizesOf(model, 2)];
  return new Packing(shapes, (name) => short.get(name) !== long.get(name));
}

/**
 * The state before the first token, for `batchSize` sequences.
 *
 * @throws ConfigError when the cache length is not a whole number above 0, or the cache would take more than 1 GiB.
 */
export function initDecodeState(
  model: Model,
  batchSize: number,
  { cacheLength = CACHE_LENGTH }: DecodeStateOptions = {},
): DecodeState {
  checkCache(model, batchSize, cacheLength);
  return Object.fromEntries(
    model.layers.flatMap(({ plan }, i) => under(`layers.${i}`, plan.initState(batchSize, cacheLength))),
  );
}

/**
 * The residual stream after the last of the next tokens of each row, from the state after those before.
 *
 * Shapes: ids [B,T] int32 -> [B,D], before the final norm.
 * State: returns a new state; disposes nothing.
 * @param hooks by layer, run in place of the step of its memories, for one token
 */
export function readTokens(
  model: Model,
  ids: Tensor,
  before: DecodeState,
  hooks: readonly (StepHook | undefined)[] = [],
): { readonly stream: Tensor; readonly state: DecodeState } {
  let x = model.embed(ids);
  const after: [string, Tensor][] = [];
  for (const [i, layer] of model.layers.entries()) {
    const next = layer.next(x, weightsUnder(before, `layers.${i}`), hooks[i]);
    x = next.output;
    after.push(...under(`layers.${i}`, next.state));
  }
  const [B = 0, T = 0, D = 0] = x.shape;
  const stream = tf.reshape(tf.slice(x, [0, T - 1, 0], [B, 1, D]), [B, D]);
  return { stream, state: Object.fromEntries(after) };
}

/**
 * The model on the next tokens of each row, from the state after those before; without a state, from the start.
 * Several tokens run the rules' chunk forms. Equal to token by token, and to the full pass.
 *
 * Shapes: ids [B,T] int32 -> logits [B,vocabulary] after the last token.
 * State: returns a new state; disposes nothing.
 */
export function prefill(model: Model, ids: Tensor, state?: DecodeState): Decoded {
  const sizes: Sizes = {};
  assertShape(ids, ['B', 'T'], sizes, 'prefill: ids');
  const read = readTokens(model, ids, state ?? initDecodeState(model, sizes.B ?? 0));
  // The product of two matrices is one.
  const logits = model.readOut(model.normed(read.stream)) as Tensor2D;
  return { logits, state: read.state };
}

/**
 * The model on one more token per row: constant time and memory.
 *
 * Shapes: ids [B] int32 -> logits [B,vocabulary].
 * State: returns a new state; disposes nothing.
 */
export function decodeStep(model: Model, ids: Tensor, state: DecodeState): Decoded {
  return prefill(model, tf.expandDims(ids, 1), state);
}

type Compiled = CompiledFunction<[Tensor2D], Tensor1D>;

function assignAll(variables: Readonly<Record<string, Variable>>, values: DecodeState): void {
  for (const [name, variable] of Object.entries(variables)) {
    const value = values[name];
    if (value) variable.assign(value);
  }
}

/** Longest piece of a text that is read at once, in tokens: what bounds the memory that reading takes. */
const PIECE = 256;

/** All that a decoder carries from token to token, and how many tokens each row has read. */
export interface SavedState {
  readonly tokens: readonly number[];
  readonly values: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
  >;
}

/**
 * Reads sequences with the state kept in the engine: constant time and memory per token. Several tokens at once, such
 * as a prompt, run the rules' chunk form.
 *
 * The weights are compiled in as they are at the first call; after they change, create another decoder. Calls
 * must not overlap: await one before the next.
 */
export class Decoder {
  /** Of the states of all layers, packed. */
  private readonly state: Readonly<Record<string, Variable>>;
  private readonly shapes: Shapes;
  private readonly packing: Packing;
  private readonly step: Compiled;
  private readonly clear: Compiled;
  /** By the decoder that rows are taken from. */
  private readonly takes = new Map<Decoder, Compiled>();
  /** Tokens read, by row; only a model that keeps tokens has a limit. */
  private counts: number[];
  /** Most tokens of one row: infinite but in a model that keeps tokens. */
  readonly limit: number;
  private readonly vocabularySize: number;

  private constructor(
    private readonly engine: Engine,
    model: Model,
    private readonly batchSize: number,
    options: DecodeStateOptions,
  ) {
    checkOptions('Decoder', options);
    this.vocabularySize = model.vocabularySize;
    const before = tf.tidy(() => initDecodeState(model, batchSize, options));
    this.shapes = shapesOf(before);
    this.packing = packingOf(model, this.shapes);
    const start = tf.tidy(() => this.packing.pack(before));
    this.state = Object.fromEntries(
      Object.entries(start).map(([name, tensor]) => [name, tf.variable(tensor, false)]),
    );
    tf.dispose({ ...before, ...start });
    const variables = Object.values(this.state);
    const step = (ids: Tensor2D): Tensor1D => {
      const { logits, state } = prefill(model, ids, this.packing.unpack(this.state));
      assignAll(this.state, this.packing.pack(state));
      return tf.reshape(logits, [-1]);
    };
    const clear = (ids: Tensor2D): Tensor1D => {
      assignAll(this.state, this.packing.pack(initDecodeState(model, batchSize, options)));
      return tf.reshape(tf.add(ids, 0), [-1]);
    };
    this.step = engine.compile<[Tensor2D], Tensor1D>(step, { variables, name: 'decode', results: 'reused' });
    this.clear = engine.compile<[Tensor2D], Tensor1D>(clear, { variables, name: 'decode reset' });
    const keepsTokens = model.layers.some(({ mixer }) => mixer.keepsTokens);
    this.limit = keepsTokens ? (options.cacheLength ?? CACHE_LENGTH) : Infinity;
    this.counts = Array<number>(batchSize).fill(0);
  }

  /** A decoder of `batchSize` sequences, before their first token. */
  static create(engine: Engine, model: Model, batchSize: number, options: DecodeStateOptions = {}): Decoder {
    return new Decoder(engine, model, batchSize, options);
  }

  /**
   * Reads the next tokens of each row, all of one row before the next row's; one per row, or as many each.
   *
   * Shapes: ids `batchSize * T` -> logits after the last of each row, `batchSize * vocabulary`, row-major.
   * @param into where the logits go; without it every call makes an array of its own, which costs more than a small
   *   model's token once the garbage collector has to run for it
   * @throws ShapeError for a number of ids that is no multiple of the batch size, or another size of `into`.
   * @throws ConfigError past the cache of a layer that keeps tokens.
   */
  async next(ids: Int32Array, into?: Float32Array): Promise<Float32Array> {
    const length = ids.length / this.batchSize;
    if (!Number.isInteger(length) || length === 0) {
      throw new ShapeError(
        `Decoder.next: expected ids for each of ${this.batchSize} rows, as many each, got ${ids.length}`,
      );
    }
    if (Math.max(...this.counts) + length > this.limit) {
      throw new ConfigError(
        `Decoder.next: expected at most ${this.limit} tokens in a model that keeps tokens, got more; create the decoder with a larger cacheLength, or reset it`,
      );
    }
    this.checkRoom(into);
    this.counts = this.counts.map((count) => count + length);
    const logits = length <= PIECE ? await this.run(this.step, ids) : await this.inPieces(ids, length);
    if (!into) return logits.slice(); // what a step gives is written over by the next one
    into.set(logits);
    return into;
  }

  private checkRoom(into: Float32Array | undefined): void {
    const expected = this.batchSize * this.vocabularySize;
    if (into && into.length !== expected) {
      throw new ShapeError(
        `Decoder.next: expected room for ${this.batchSize} x ${this.vocabularySize} logits, got ${into.length} places; give a Float32Array of ${expected}`,
      );
    }
  }

  /** The logits after the last of `length` tokens of each row. */
  private async inPieces(ids: Int32Array, length: number): Promise<Float32Array> {
    let logits: Float32Array = new Float32Array();
    for (let from = 0; from < length; from += PIECE) {
      const to = Math.min(length, from + PIECE);
      const rows = Array.from({ length: this.batchSize }, (_, r) => [
        ...ids.subarray(r * length + from, r * length + to),
      ]);
      logits = await this.run(this.step, Int32Array.from(rows.flat()));
    }
    return logits;
  }

  /** Forgets everything read. */
  async reset(): Promise<void> {
    this.counts = this.counts.map(() => 0);
    await this.run(this.clear, new Int32Array(this.batchSize));
  }

  /**
   * Makes its rows anew of those of another decoder of the same model and of its own: row i becomes row `places[i]` of
   * the other, or, from that one's batch size on, its own row; -1 frees it.
   */
  async take(other: Decoder, places: readonly number[]): Promise<void> {
    const known = this.takes.get(other) ?? this.compileTake(other);
    this.takes.set(other, known);
    const before = [...other.counts, ...this.counts];
    this.counts = places.map((place) => before[place] ?? -Infinity);
    await this.run(
      known,
      Int32Array.from(places, (place) => Math.max(0, place)),
    );
  }

  /** Frees a row: what it holds counts no longer. */
  free(row: number): void {
    this.counts[row] = -Infinity;
  }

  /** A copy of all that is carried from token to token. */
  async save(): Promise<SavedState> {
    await this.engine.pull(Object.values(this.state));
    const values = tf.tidy(() =>
      Object.entries(this.packing.unpack(this.state)).map(([name, tensor]) => {
        // The cast: states are float32. The slice: data may be shared with the variable.
        return [name, { shape: tensor.shape, data: (tensor.dataSync() as Float32Array).slice() }] as const;
      }),
    );
    return { tokens: this.counts, values: Object.fromEntries(values) };
  }

  /**
   * Goes on from what `save` gave, of a decoder of the same model.
   *
   * @throws ShapeError for the state of another model; nothing is changed then.
   */
  restore({ tokens, values }: SavedState): void {
    const [expected, got] = [describe(this.shapes), describe(shapesOf(values))];
    if (expected !== got || tokens.length !== this.batchSize) {
      throw new ShapeError(
        `Decoder.restore: expected the state ${expected}, got ${got}; it is of another model`,
      );
    }
    this.counts = [...tokens];
    tf.tidy(() => {
      // A copy: tfjs may keep the array.
      const states = Object.entries(values).map(([name, { shape, data }]) => {
        return [name, tf.tensor(data.slice(), [...shape], 'float32')] as const;
      });
      assignAll(this.state, this.packing.pack(Object.fromEntries(states)));
    });
  }

  /** Releases what was compiled and the state. */
  async dispose(): Promise<void> {
    tf.dispose({ ...this.state }); // first, so that the engine need not give it back
    for (const take of this.takes.values()) await take.dispose();
    await this.step.dispose();
    await this.clear.dispose();
  }

  private compileTake(other: Decoder): Compiled {
    const take = (places: Tensor2D): Tensor1D => {
      const rows = tf.reshape(places, [-1]);
      const from = other.packing.unpack(other.state);
      const moved = Object.entries(this.packing.unpack(this.state)).map(([name, own]) => {
        return [name, tf.gather(tf.concat([weightOf(from, name), own], 0), rows)] as const;
      });
      assignAll(this.state, this.packing.pack(Object.fromEntries(moved)));
      return tf.add(rows, 0);
    };
    const variables = [...Object.values(other.state), ...Object.values(this.state)];
    return this.engine.compile<[Tensor2D], Tensor1D>(take, { variables, name: 'decode take' });
  }

  private async run(compiled: Compiled, ids: Int32Array): Promise<Float32Array> {
    const input = tf.tensor2d(ids, [this.batchSize, ids.length / this.batchSize], 'int32');
    const output = await compiled(input);
    const data = await output.data<'float32'>();
    tf.dispose([input, output]);
    return data;
  }
}

/** `layers.0.rule.S [1,4,32,32], ...` */
function describe(shapes: Shapes): string {
  const parts = Object.entries(shapes).map(([name, shape]) => `${name} [${shape.join()}]`);
  return parts.sort().join(', ');
}
