import { z } from 'zod';
import { count, type Issue } from '../core/schema.js';
import { tf, type Tensor } from '../core/tf.js';
import { weightOf } from '../core/weights.js';
import { restartsOf } from '../ops/segments.js';
import type { LearningRule, Normalisation } from '../rules/contract.js';
import { rules } from '../rules/registry.js';
import { updatedEvery } from '../rules/run/updateEvery.js';
import type { MixerState } from './contract.js';
import type { MemoryPlan } from './memory.js';
import { headSizes, type HeadSizes } from './vectors.js';

/** Norms that a setting may choose, and that of the rule. */
export const norms = z.enum(['rule', 'unit', 'scaled', 'none'] as const satisfies readonly (
  | 'rule'
  | Normalisation
)[]);

/** Options of the mixers with memories: what a memory is given to write, and when. */
export const pairOptions = {
  keyNorm: norms
    .default('rule')
    .describe('the same of keys; rules that are stable with unit keys only refuse any other'),
  lateWrites: z
    .boolean()
    .default(false)
    .describe(
      'whether a key and value are written at the token after theirs, so that no query reads its own',
    ),
  updateEvery: z
    .union([count, z.array(count).min(1)])
    .default(1)
    .describe('after how many tokens a memory changes: one number for all memories of a layer, or one each'),
};

type PairOptions = Readonly<z.output<z.ZodObject<typeof pairOptions>>>;

/** The norm of keys: what the options say, else what the rule asks for. */
export function keyNormOf(
  { keyNorm }: Pick<PairOptions, 'keyNorm'>,
  { normalise }: LearningRule,
): Normalisation {
  return keyNorm === 'rule' ? normalise.k : keyNorm;
}

/** Memories that change as often as the options say. */
export function pacedMemory(plan: MemoryPlan, { updateEvery }: Pick<PairOptions, 'updateEvery'>): MemoryPlan {
  const periods = [updateEvery].flat();
  return periods.every((period) => period === 1) ? plan : { ...plan, rule: updatedEvery(plan.rule, periods) };
}

/** What is wrong with the pairs of memories. */
export function pairIssues(
  settings: PairOptions & Parameters<typeof headSizes>[0] & { readonly rule: string },
): Issue[] {
  const { M } = headSizes(settings);
  const periods = [settings.updateEvery].flat();
  if (periods.length === 1 || periods.length === M) return keyIssues(settings);
  const message = `expected one number, or ${M}, one per memory of a layer, got ${periods.length}`;
  return [...keyIssues(settings), { path: ['updateEvery'], message }];
}

/** A rule that asks for unit keys is stable with those only, unless it says otherwise. */
function keyIssues({
  keyNorm,
  rule: name,
}: Pick<PairOptions, 'keyNorm'> & { readonly rule: string }): Issue[] {
  const rule = rules[name];
  if (rule?.normalise.k !== 'unit' || rule.anyKeys === true || keyNorm === 'rule' || keyNorm === 'unit')
    return [];
  const { stability } = rule;
  const bound = stability ? `its bound, ${stability.quantity} <= ${stability.bound},` : 'its stability';
  const message = `expected rule | unit with rule '${rule.name}', got '${keyNorm}'; ${bound} needs keys of unit length`;
  return [{ path: ['keyNorm'], message }];
}

/** Of each token what the one before has; zero at the first of a document. Shapes: x [B,M,T,n]. */
function oneLater(x: Tensor, documents: Tensor | undefined): Tensor {
  const [B = 0, M = 0, T = 0, n = 0] = x.shape;
  const before = tf.slice(x, [0, 0, 0, 0], [B, M, T - 1, n]);
  const later = tf.concat([tf.zeros([B, M, 1, n]), before], 2);
  if (!documents) return later;
  const goesOn = tf.sub(1, tf.cast(restartsOf(documents), 'float32'));
  return tf.mul(later, tf.reshape(goesOn, [B, 1, T, 1]));
}

interface Pair {
  readonly k: Tensor;
  readonly v: Tensor;
}

/** The keys and values that the memories write at each token of whole sequences: k `[B,M,T,n K]`, v `[B,M,T,n V]`. */
export function writtenPairs<Vectors extends Pair>(
  { lateWrites }: Pick<PairOptions, 'lateWrites'>,
  vectors: Vectors,
  documents?: Tensor,
): Vectors {
  if (!lateWrites) return vectors;
  return { ...vectors, k: oneLater(vectors.k, documents), v: oneLater(vectors.v, documents) };
}

/** The tokens of x `[B,M,T,n]` after one before them, one later; and the last to carry on. */
function carriedOn(before: Tensor, x: Tensor): { readonly later: Tensor; readonly last: Tensor } {
  const [B = 0, M = 0, T = 0, n = 0] = x.shape;
  const all = tf.concat([before, x], 2);
  return {
    later: tf.slice(all, [0, 0, 0, 0], [B, M, T, n]),
    last: tf.slice(all, [0, 0, T, 0], [B, M, 1, n]),
  };
}

/** `writtenPairs` of the next tokens, from what was carried of those before; gives what to carry on. */
export function nextPairs<Vectors extends Pair>(
  { lateWrites }: Pick<PairOptions, 'lateWrites'>,
  vectors: Vectors,
  state: MixerState,
): { readonly vectors: Vectors; readonly waiting: MixerState } {
  if (!lateWrites) return { vectors, waiting: {} };
  const k = carriedOn(weightOf(state, 'late.k'), vectors.k);
  const v = carriedOn(weightOf(state, 'late.v'), vectors.v);
  return { vectors: { ...vectors, k: k.later, v: v.later }, waiting: { 'late.k': k.last, 'late.v': v.last } };
}

/** What `nextPairs` carries before the first token: the key `[B,M,1,n K]` and value `[B,M,1,n V]` not yet written. */
export function initPairs(
  { lateWrites }: Pick<PairOptions, 'lateWrites'>,
  { M, K, V, writes }: HeadSizes,
  batchSize: number,
): MixerState {
  if (!lateWrites) return {};
  return {
    'late.k': tf.zeros([batchSize, M, 1, writes * K]),
    'late.v': tf.zeros([batchSize, M, 1, writes * V]),
  };
}
