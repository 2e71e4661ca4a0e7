import { ConfigError } from '../core/errors.js';
import { assertShape, type Sizes } from '../core/shapes.js';
import { tf, type Tensor, type Tensor2D } from '../core/tf.js';
import { type BlockState, blockNext, initBlockState } from '../layers/functions/block.js';
import type { HeadState } from '../layers/functions/conditioningHead.js';
import { cachedBytes, type SoftmaxState } from '../layers/functions/softmaxHead.js';
import { embedTokens, tiedLogits } from '../layers/tokenEmbedding.js';
import { weightOf, weightsUnder } from '../layers/weights.js';
import type { LanguageModel } from './languageModel.js';

/**
 * All that a model carries from token to token, by names such as `layers.0.rule.S`. Its size does not depend
 * on how many tokens there were. A softmax block has no such state: it keeps a cache of fixed length instead.
 */
export type DecodeState = Readonly<Record<string, Tensor>>;

export interface DecodeStateOptions {
  /**
   * Tokens the cache of a softmax block holds. Decoding equals the full pass up to that many tokens; beyond,
   * such a block sees only the last of them. Conditioning blocks have no limit and ignore it. Default 1024.
   */
  readonly cacheLength?: number;
}

/** Default length of a softmax block's cache, in tokens. */
export const CACHE_LENGTH = 1024;

/** The most that the caches of all softmax blocks may take together: 1 GiB. */
const MOST_CACHE_BYTES = 2 ** 30;

/** Logits `[B,vocabulary]` after the last token given, and the state after it. */
export interface Decoded {
  readonly logits: Tensor2D;
  readonly state: DecodeState;
}

function isHeadState(state: BlockState): state is HeadState {
  return 'rule' in state;
}

function flatten(prefix: string, state: BlockState): [string, Tensor][] {
  const { rule, ...rest } = isHeadState(state) ? state : { rule: {}, ...state };
  const parts = [...Object.entries(rest), ...Object.entries(rule).map(([k, v]) => [`rule.${k}`, v] as const)];
  return parts.map(([name, tensor]) => [`${prefix}.${name}`, tensor]);
}

/** What heads of any kind carry of the last tokens, where they do. */
function carried({ convolution, query }: DecodeState): Pick<HeadState, 'convolution' | 'query'> {
  return { ...(convolution && { convolution }), ...(query && { query }) };
}

function conditioningState(own: DecodeState): HeadState {
  const rule = weightsUnder(own, 'rule');
  return { rule: { ...rule, S: weightOf(rule, 'S') }, ...carried(own) };
}

function softmaxState(own: DecodeState): SoftmaxState {
  const [keys, values, filled] = ['keys', 'values', 'filled'].map((name) => weightOf(own, name));
  // Three names give three tensors.
  return { ...carried(own), keys, values, filled } as SoftmaxState;
}

/** Refuses a cache that would take more memory than there is, before anything is made. */
function checkCache(model: LanguageModel, rows: number, cacheLength: number): void {
  if (!Number.isSafeInteger(cacheLength) || cacheLength < 1) {
    throw new ConfigError(
      `initDecodeState: expected a cacheLength that is a whole number of at least 1, got ${cacheLength}`,
    );
  }
  const bytes = model.layers.reduce((sum, { plan: { mixer } }) => {
    return mixer.kind === 'softmax' ? sum + rows * cachedBytes(mixer.options) : sum;
  }, 0);
  if (bytes * cacheLength <= MOST_CACHE_BYTES) return;
  const most = Math.floor(MOST_CACHE_BYTES / bytes);
  throw new ConfigError(
    `decoding: expected at most ${most} tokens, prompt included, got ${cacheLength}; the softmax blocks keep ` +
      `${bytes} bytes of every token, and 1 GiB in all is the most: ask for fewer tokens`,
  );
}

/**
 * The state before the first token, for `rows` sequences.
 *
 * @throws ConfigError when the cache length is not a whole number above 0, or the cache would take more than 1 GiB.
 */
export function initDecodeState(
  model: LanguageModel,
  rows: number,
  { cacheLength = CACHE_LENGTH }: DecodeStateOptions = {},
): DecodeState {
  checkCache(model, rows, cacheLength);
  const parts = model.layers.flatMap(({ plan }, i) =>
    flatten(`layers.${i}`, initBlockState(plan, rows, cacheLength)),
  );
  return Object.fromEntries(parts);
}

/** Bytes that one sequence carries from token to token; every part of it is of 4-byte numbers. */
export function decodeStateBytes(model: LanguageModel, cacheLength: number): number {
  return tf.tidy(() => {
    const state = initDecodeState(model, 1, { cacheLength });
    return Object.values(state).reduce((sum, { size }) => sum + 4 * size, 0);
  });
}

/**
 * The model on the next tokens of each row, from the state after those before; without a state, from the start.
 * Several tokens run the rules' chunk forms. Equal to token by token, and to the full pass.
 *
 * Shapes: ids [B,T] int32 -> logits [B,vocabulary] after the last token.
 * State: returns a new state; disposes nothing.
 */
export function prefill(model: LanguageModel, ids: Tensor, state?: DecodeState): Decoded {
  const sizes: Sizes = {};
  assertShape(ids, ['B', 'T'], sizes, 'prefill: ids');
  const before = state ?? initDecodeState(model, sizes.B ?? 0);
  let x = embedTokens(model.table, ids, model.embedding.options.scale);
  const after: [string, Tensor][] = [];
  for (const [i, layer] of model.layers.entries()) {
    const own = weightsUnder(before, `layers.${i}`);
    const kind = layer.plan.mixer.kind;
    const given = kind === 'softmax' ? softmaxState(own) : conditioningState(own);
    const next = blockNext(layer.read(), layer.plan, x, given);
    x = next.output;
    after.push(...flatten(`layers.${i}`, next.state));
  }
  const [B = 0, T = 0, D = 0] = x.shape;
  const last = tf.reshape(tf.slice(x, [0, T - 1, 0], [B, 1, D]), [B, D]);
  // The product of two matrices is one.
  const logits = tiedLogits(model.table, model.normed(last)) as Tensor2D;
  return { logits, state: Object.fromEntries(after) };
}

/**
 * The model on one more token a row: constant time and memory.
 *
 * Shapes: ids [B] int32 -> logits [B,vocabulary].
 * State: returns a new state; disposes nothing.
 */
export function decodeStep(model: LanguageModel, ids: Tensor, state: DecodeState): Decoded {
  return prefill(model, tf.expandDims(ids, 1), state);
}
