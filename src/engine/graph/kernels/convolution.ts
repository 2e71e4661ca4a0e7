import {
  shortConvolution,
  convolutionInputGradient,
  convolutionWeightGradient,
} from '../../../ops/shortConvolution.js';
import { required } from '../../../core/required.js';
import { sizeOf } from '../../../core/shapes.js';
import type { GraphBuilder } from '../builder.js';
import { attribute, inputOf, type Lowerings } from '../lowering.js';
import type { OutputInfo, Value } from '../value.js';
import { arithmetic, binary } from './elementwise.js';
import { gather } from './indexing.js';
import { product } from './products.js';
import { concat, slice, transpose } from './shaping.js';

/** A shape that is known only when the graph runs: as many rows as there are tokens near a boundary. */
const some = (dtype: OutputInfo['dtype']): OutputInfo => ({ shape: [-1], dtype });

/** Which neighbours a tap reads: earlier tokens, or later ones as in the gradient. */
type Way = 'earlier' | 'later';

/** The tokens that have another document within reach of the taps. There are few, so what is done for them is small. */
interface NearBoundary {
  /** Their positions in a `[B,E,T]` tensor seen flat, `[R,E]`. */
  readonly own: Value;
  /** Positions that each tap reads for them, `[R,taps,E]`; some place in the row where there is none. */
  readonly at: Value;
  /** Whether the place is in the row, and whether it is of the same document, `[R,taps,1]`. */
  readonly inRow: Value;
  readonly same: Value;
}

/** A value of open rows in another shape after the first axis. */
const reshaped = (g: GraphBuilder, x: Value, rest: readonly number[]): Value =>
  g.op('Reshape', [x, g.ints([-1, ...rest])], {}, some(x.dtype));

/** Nodes on whole numbers of as many rows as there are such tokens. */
class Columns {
  constructor(private readonly g: GraphBuilder) {}

  node(type: string, a: Value, b: Value | number): Value {
    const right = typeof b === 'number' ? this.g.uniform(b, [], 'int64') : b;
    return this.g.op(type, [a, right], {}, some('int64'));
  }

  equal(a: Value, b: Value): Value {
    return this.g.op('Equal', [a, b], {}, some('bool'));
  }

  /** Numbers of rows and times of the tokens where a mask `[B,T]` holds, `[R,1]`. */
  where(mask: Value): readonly [Value, Value] {
    const found = this.g.op('NonZero', [mask], {}, some('int64')); // [2,R]
    const parts = this.g.opMany('Split', [found, this.g.ints([1, 1])], { axis: 0 }, [
      some('int64'),
      some('int64'),
    ]);
    const [rows, times] = parts.map((part) => reshaped(this.g, part, [1]));
    return [required(rows, 'rows'), required(times, 'times')];
  }
}

/** Each token's segment against that of the token `reach` away, or the last in the row on that side. */
function boundaryMask(g: GraphBuilder, segments: Value, reach: number, way: Way): Value {
  const [B = 0, T = 0] = segments.shape;
  const times = Array.from({ length: T }, (_, t) =>
    way === 'earlier' ? Math.max(0, t - reach) : Math.min(T - 1, t + reach),
  );
  const far = gather(g, segments, g.constant(times, [T], 'int32'), 1);
  return g.op('Not', [binary(g, 'Equal', segments, far, 'bool')], {}, { shape: [B, T], dtype: 'bool' });
}

function nearBoundary(g: GraphBuilder, segments: Value, E: number, taps: number, way: Way): NearBoundary {
  const [B = 0, T = 0] = segments.shape;
  const columns = new Columns(g);
  const [rows, times] = columns.where(boundaryMask(g, segments, taps - 1, way));
  const channels = Array.from({ length: E }, (_, e) => e * T);
  const line = g.reshape(segments, [B * T]);
  const segmentAt = (time: Value): Value => {
    const index = columns.node('Add', columns.node('Mul', rows, T), time);
    return g.op('Gather', [line, index], { axis: 0 }, some('float32'));
  };
  // In the order of the taps: the last one reads the token itself.
  const lags = Array.from({ length: taps }, (_, tap) => taps - 1 - tap);
  const time = columns.node(way === 'earlier' ? 'Sub' : 'Add', times, g.constant(lags, [1, taps], 'int64'));
  const inside = columns.node('Max', columns.node('Min', time, T - 1), 0);
  const start = columns.node('Mul', rows, E * T);
  const first = columns.node('Add', start, inside);
  return {
    own: columns.node('Add', columns.node('Add', start, times), g.constant(channels, [1, E], 'int64')),
    at: columns.node('Add', reshaped(g, first, [taps, 1]), g.constant(channels, [1, 1, E], 'int64')),
    inRow: reshaped(g, columns.equal(time, inside), [taps, 1]),
    same: reshaped(g, columns.equal(segmentAt(inside), segmentAt(times)), [taps, 1]),
  };
}

const flat = (g: GraphBuilder, x: Value): Value => g.reshape(x, [sizeOf(x.shape)]);

const picked = (g: GraphBuilder, x: Value, at: Value): Value =>
  g.op('Gather', [flat(g, x), at], { axis: 0 }, some('float32'));

const both = (g: GraphBuilder, a: Value, b: Value): Value => g.op('And', [a, b], {}, some('bool'));

/** `x` where the condition holds, else 0: unlike a product with 0 it keeps NaN out. */
const onlyWhere = (g: GraphBuilder, condition: Value, x: Value): Value =>
  g.op('Where', [condition, x, g.scalar(0)], {}, some('float32'));

/** `y` with the outputs of tokens near a boundary worked out again from their own document alone. */
function mended(g: GraphBuilder, y: Value, x: Value, w: Value, segments: Value, way: Way): Value {
  const [E = 0, taps = 0] = w.shape;
  if (taps === 1) return y;
  const { own, at, inRow, same } = nearBoundary(g, segments, E, taps, way);
  const values = onlyWhere(g, both(g, inRow, same), picked(g, x, at));
  const terms = g.op('Mul', [values, transpose(g, w, [1, 0])], {}, some('float32'));
  const sums = g.op('ReduceSum', [terms, g.ints([1])], { keepdims: 0 }, some('float32'));
  const whole = flat(g, y);
  const scattered = g.op(
    'ScatterElements',
    [whole, reshaped(g, own, []), reshaped(g, sums, [])],
    { axis: 0 },
    whole,
  );
  return g.reshape(scattered, y.shape);
}

function convolve(g: GraphBuilder, x: Value, w: Value, pads: readonly [number, number]): Value {
  const [E = 0, taps = 0] = w.shape;
  const kernel = g.reshape(w, [E, 1, taps]);
  return g.op('Conv', [x, kernel], { group: E, kernel_shape: [taps], pads }, x);
}

/** Tokens a block in `correlate`: fewer cost more cuts between blocks, more cost more products that are not needed. */
const blockOf = (taps: number): number => Math.max(16, taps - 1);

/**
 * `dw_lag = sum over b, t of dy_t x_(t-lag)` a channel, without documents.
 *
 * Time in blocks: the products of a block of dy with the same block of x, summed over a channel's blocks, hold every term
 * but those of the first tokens of a block with the last ones of the block before, which are products of their own.
 */
function correlate(g: GraphBuilder, dy: Value, x: Value, taps: number): Value {
  const [B = 0, E = 0, T = 0] = x.shape;
  const block = blockOf(taps);
  const blocks = T / block;
  const within = diagonals(g, byChannel(g, dy, block), byChannel(g, x, block), taps, 0);
  if (blocks === 1 || taps === 1) return within;
  const reach = taps - 1;
  const shape = [B, E, blocks, block];
  const cut = (whole: Value, from: readonly number[]): Value => {
    const part = [B, E, blocks - 1, reach];
    const to = part.map((size, axis) => (from[axis] ?? 0) + size);
    return byChannel(g, slice(g, g.reshape(whole, shape), from, to, [1, 1, 1, 1], part), reach);
  };
  const across = diagonals(g, cut(dy, [0, 0, 1, 0]), cut(x, [0, 0, 0, block - reach]), taps, reach);
  return binary(g, 'Add', within, across);
}

/** `[B,E,..]` as blocks of so many tokens of each channel, `[E,blocks,tokens]`. */
function byChannel(g: GraphBuilder, x: Value, tokens: number): Value {
  const [B = 0, E = 0, ...rest] = x.shape;
  const row = sizeOf(rest);
  return g.reshape(transpose(g, g.reshape(x, [B, E, row]), [1, 0, 2]), [E, (B * row) / tokens, tokens]);
}

/**
 * `[E,n,a]ᵀ [E,n,a]`, summed along the diagonals that belong to each tap, `[E,taps]`; place i of dy is `offset` tokens
 * later than place i of x.
 */
function diagonals(g: GraphBuilder, dy: Value, x: Value, taps: number, offset: number): Value {
  const [E = 0, , a = 0] = x.shape;
  const products = product(g, { value: dy, transposed: true }, { value: x, transposed: false });
  const select = Float32Array.from({ length: a * a * taps }, (_, n) => {
    const [i, j, at] = [Math.floor(n / taps / a), Math.floor(n / taps) % a, n % taps];
    return i - j + offset === taps - 1 - at ? 1 : 0;
  });
  const inputs = [g.reshape(products, [E, a * a]), g.constant(select, [a * a, taps], 'float32')];
  return g.op('Gemm', inputs, {}, { shape: [E, taps], dtype: 'float32' });
}

/** What taps that read another document added to `correlate`, `[E,taps]`. */
function crossed(g: GraphBuilder, dy: Value, x: Value, segments: Value, taps: number): Value {
  const E = x.shape[1] ?? 0;
  const { own, at, inRow, same } = nearBoundary(g, segments, E, taps, 'earlier');
  const other = g.op('Not', [same], {}, some('bool'));
  const gradient = reshaped(g, picked(g, dy, own), [1, E]);
  const terms = g.op('Mul', [gradient, picked(g, x, at)], {}, some('float32'));
  const crossing = onlyWhere(g, both(g, inRow, other), terms);
  const sums = { shape: [taps, E], dtype: 'float32' } as const;
  return transpose(g, g.op('ReduceSum', [crossing, g.ints([0])], { keepdims: 0 }, sums), [1, 0]);
}

/** As many zeros before the sequence as make its length a multiple of the block. */
function wholeBlocks(g: GraphBuilder, x: Value, taps: number): Value {
  const [B = 0, E = 0, T = 0] = x.shape;
  const block = blockOf(taps);
  const extra = (block - (T % block)) % block;
  if (extra === 0) return x;
  return concat(g, [g.uniform(0, [B, E, extra], 'float32'), x], 2);
}

export const convolution: Lowerings = {
  [shortConvolution.kernel]: (g, inputs) => {
    const [x, w, segments] = [inputOf(inputs, 'x'), inputOf(inputs, 'w'), inputs.segments];
    const y = convolve(g, x, w, [(w.shape[1] ?? 1) - 1, 0]);
    return segments ? mended(g, y, x, w, segments, 'earlier') : y;
  },
  [convolutionInputGradient.kernel]: (g, inputs) => {
    const [dy, w, segments] = [inputOf(inputs, 'dy'), inputOf(inputs, 'w'), inputs.segments];
    const taps = w.shape[1] ?? 0;
    const order = g.constant(
      Int32Array.from({ length: taps }, (_, i) => taps - 1 - i),
      [taps],
      'int32',
    );
    const dx = convolve(g, dy, gather(g, w, order, 1), [0, taps - 1]);
    return segments ? mended(g, dx, dy, w, segments, 'later') : dx;
  },
  [convolutionWeightGradient.kernel]: (g, inputs, attrs) => {
    const [dy, x, segments] = [inputOf(inputs, 'dy'), inputOf(inputs, 'x'), inputs.segments];
    const taps = attribute<number>(attrs, 'taps');
    const all = correlate(g, wholeBlocks(g, dy, taps), wholeBlocks(g, x, taps), taps);
    return segments && taps > 1 ? arithmetic(g, 'Sub', all, crossed(g, dy, x, segments, taps)) : all;
  },
};
