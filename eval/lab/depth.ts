import { z } from 'zod';
import { ConfigError, lookUp } from '../../src/core/errors.js';
import { resolveParams, type Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { list, optionsCheck } from '../../src/core/options.js';
import type { LearningRule } from '../../src/rules/contract.js';
import { rules } from '../../src/rules/registry.js';
import { runRule } from '../../src/rules/run/runRule.js';
import { bootstrapMean, type Interval } from '../stats/bootstrap.js';
import { compare, judged, type Compared } from './agreement.js';
import { predictions } from './predictions/registry.js';
import { inWrites, memoryMatrix, signalsAt, stacked, unitVectors } from './inputs.js';
import { drawMeans } from './retrieval.js';
import { betaFor, labFields, onRule } from './setting.js';

export interface DepthOptions {
  readonly rules: readonly string[];
  readonly layers: number;
  readonly heads: readonly number[];
  /** Key dimension of a head. */
  readonly K: number;
  /** Dimensions of the codes that go from layer to layer. */
  readonly widths: readonly number[];
  readonly pairs: number;
  readonly draws: number;
  readonly beta?: number | undefined;
  readonly params?: Readonly<Record<string, Params>>;
  readonly rng: Rng;
  /** Told of each rule before it is measured. */
  readonly onRule?: (name: string) => void;
}

const checkOptions = optionsCheck<DepthOptions>({
  ...labFields,
  layers: z.number(),
  heads: list<readonly number[]>(),
  K: z.number(),
  widths: list<readonly number[]>(),
  pairs: z.number(),
  draws: z.number(),
  beta: z.number().optional(),
  onRule,
});

/** Chained retrieval after one number of layers. */
export interface DepthPoint {
  readonly rule: string;
  readonly heads: number;
  readonly width: number;
  readonly K: number;
  readonly pairs: number;
  /** Layers passed, L. */
  readonly layers: number;
  /** Mean `|x_L - code|^2`, codes of length 1, what is recalled passed on as it is. */
  readonly error: Compared;
  readonly top1: Interval;
  /** The same share where each layer passes on the nearest code instead. */
  readonly cleanedTop1: Interval;
}

/** One setting of the sweep. */
interface Chain {
  readonly rule: LearningRule;
  readonly params: Params;
  readonly beta: number;
  readonly heads: number;
  readonly width: number;
  readonly options: DepthOptions;
}

/**
 * Chained retrieval: layer l maps the code of an item to its code of layer l + 1, by the mean of heads with
 * random projections, and reads what layer l - 1 recalled.
 *
 *   S_h = rule over items of (W_h x_j, y_j)        x <- mean_h S_h W_h x        W_h entries N(0, 1/K)
 *   closed form: eps_L^2 = (1 + s^2)^L - 1
 *
 * Intervals: over draws. The verdicts of all points are one family. Source: docs/theory.md 1.5 (a).
 * @throws ConfigError for a rule or parameter that does not exist.
 */
export function runDepth(options: DepthOptions): readonly DepthPoint[] {
  checkOptions('runDepth', options);
  if (options.layers < 1) throw new ConfigError(`layers: expected at least 1, got ${options.layers}`);
  const points = options.rules.flatMap((name) => {
    options.onRule?.(name);
    const rule = lookUp('rule', rules, name);
    const params = resolveParams(rule.params, options.params?.[name] ?? {}, `params of ${name}`);
    const beta = betaFor(rule, options.beta, 1);
    return options.heads.flatMap((heads) =>
      options.widths.flatMap((width) => runChain({ rule, params, beta, heads, width, options })),
    );
  });
  const judge = judged(points.map(({ error }) => error));
  return points.map((point) => ({ ...point, error: judge(point.error) }));
}

function runChain(chain: Chain): DepthPoint[] {
  const { pairs, layers } = chain.options;
  let codes = drawCodes(chain, 0);
  let [carried, cleaned] = [tf.clone(codes), tf.clone(codes)];
  const points: DepthPoint[] = [];
  for (let layer = 1; layer <= layers; layer++) {
    const next = drawCodes(chain, layer);
    const passed = tf.tidy(() => passLayer(chain, layer, codes, next, [carried, cleaned]));
    tf.dispose([codes, carried, cleaned]);
    codes = next;
    carried = passed.carried;
    cleaned = passed.cleaned;
    const columns = [passed.errors, passed.hits, passed.cleanedHits].map((x) =>
      drawMeans(Float32Array.from(x.dataSync()), pairs),
    );
    tf.dispose([passed.errors, passed.hits, passed.cleanedHits]);
    points.push(pointOf(chain, layer, columns));
  }
  tf.dispose([codes, carried, cleaned]);
  return points;
}

/** Random codes of a layer, `[B,1,N,D]`; the same for every rule. */
function drawCodes({ width, heads, options: { rng, draws, pairs } }: Chain, layer: number): Tensor {
  const each = Array.from({ length: draws }, (_, draw) =>
    unitVectors(rng.derive('codes', width, heads, layer, draw), pairs, width),
  );
  return stacked(each);
}

function drawProjections({ width, heads, options: { rng, draws, K } }: Chain, layer: number): Tensor {
  const stream = rng.derive('projections', width, heads, layer);
  return tf.tensor4d(stream.normals(draws * heads * width * K, 1 / Math.sqrt(K)), [draws, heads, width, K]);
}

interface Passed {
  readonly carried: Tensor;
  readonly cleaned: Tensor;
  readonly errors: Tensor;
  readonly hits: Tensor;
  readonly cleanedHits: Tensor;
  readonly [name: string]: Tensor;
}

function passLayer(
  chain: Chain,
  layer: number,
  codes: Tensor,
  next: Tensor,
  [carried, cleaned]: readonly [Tensor, Tensor],
): Passed {
  const W = drawProjections(chain, layer);
  const k = projected(codes, W);
  const { rule, params, beta } = chain;
  const v = tf.tile(next, [1, chain.heads, 1, 1]);
  const sizes = { K: k.shape[3] ?? 0, V: v.shape[3] ?? 0, params };
  const signals = signalsAt(rule, beta, k.shape.slice(0, 3), sizes);
  const xs = { q: k, k: inWrites(rule, params, k), v: inWrites(rule, params, v), signals };
  const S = memoryMatrix(rule, runRule(rule, xs, { params }).state, params);
  const read = (x: Tensor): Tensor => tf.mean(tf.matMul(projected(x, W), S, false, true), 1, true);
  const [raw, clean] = [read(carried), read(cleaned)];
  const [best, cleanBest] = [nearest(raw, next), nearest(clean, next)];
  return {
    carried: raw,
    cleaned: codesAt(next, cleanBest),
    errors: tf.sum(tf.square(tf.sub(raw, next)), 3),
    hits: own(best),
    cleanedHits: own(cleanBest),
  };
}

/** `W_h x` of every head: x `[B,1,N,D]`, W `[B,H,D,K]` to `[B,H,N,K]`. */
function projected(x: Tensor, W: Tensor): Tensor {
  return tf.matMul(tf.tile(x, [1, W.shape[1] ?? 1, 1, 1]), W);
}

/** Index `[B,1,N]` of the code that each row points to most. */
function nearest(x: Tensor, codes: Tensor): Tensor {
  return tf.argMax(tf.matMul(x, codes, false, true), 3);
}

function codesAt(codes: Tensor, indices: Tensor): Tensor {
  const oneHot = tf.oneHot(tf.cast(indices, 'int32'), codes.shape[2] ?? 0);
  return tf.matMul(tf.cast(oneHot, 'float32'), codes);
}

/** 1 where an item's index is its own. */
function own(indices: Tensor): Tensor {
  const N = indices.shape[2] ?? 0;
  return tf.cast(tf.equal(indices, tf.reshape(tf.range(0, N, 1, 'int32'), [1, 1, N])), 'float32');
}

function pointOf(
  { rule, heads, width, options }: Chain,
  layers: number,
  columns: readonly (readonly number[])[],
): DepthPoint {
  const { K, pairs } = options;
  const [errors = [], hits = [], cleaned = []] = columns;
  const rng = options.rng.derive(rule.name, heads, width, layers);
  const growth = predictions[rule.name]?.depth?.({ pairs, heads, K, width });
  const predicted = growth === undefined ? undefined : (1 + growth) ** layers - 1;
  return {
    rule: rule.name,
    heads,
    width,
    K,
    pairs,
    layers,
    error: compare(errors, predicted, rng.derive('error')),
    top1: bootstrapMean(hits, { rng: rng.derive('top1'), resamples: 1000 }),
    cleanedTop1: bootstrapMean(cleaned, { rng: rng.derive('cleaned'), resamples: 1000 }),
  };
}
