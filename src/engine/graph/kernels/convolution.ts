import {
  shortConvolutionOp,
  convolutionInputGradientOp,
  convolutionWeightGradientOp,
} from '../../../core/ops/shortConvolution.js';
import type { GraphBuilder } from '../builder.js';
import { attribute, inputOf, type Lowerings } from '../lowering.js';
import type { OutputInfo, Value } from '../value.js';
import { arithmetic, binary, same } from './elementwise.js';
import { gather } from './indexing.js';
import { reduce } from './reductions.js';
import { concat, slice } from './shaping.js';

/** A shape that is known only when the graph runs: as many entries as there are taps across a boundary. */
const some = (dtype: OutputInfo['dtype']): OutputInfo => ({ shape: [-1], dtype });

/** Taps that read across a document boundary: where they write, where they read, and their lag. */
interface Crossing {
  readonly lag: number;
  /** Positions in a `[B,E,T]` tensor seen flat, `[R,E]`. */
  readonly to: Value;
  readonly from: Value;
}

/**
 * The taps to take back from a convolution that knows no documents. Boundaries are few, so their positions are
 * found when the graph runs, and everything that depends on them is small.
 */
function crossingsOf(g: GraphBuilder, segments: Value, E: number, taps: number): Crossing[] {
  const [B = 0, T = 0] = segments.shape;
  const lags = Array.from({ length: Math.min(taps, T) - 1 }, (_, i) => i + 1);
  return lags.map((lag) => {
    const before = slice(g, segments, [0, 0], [B, T - lag], [1, 1], [B, T - lag]);
    const after = slice(g, segments, [0, lag], [B, T], [1, 1], [B, T - lag]);
    const differ = g.op(
      'Not',
      [binary(g, 'Equal', before, after, 'bool')],
      {},
      { shape: [B, T - lag], dtype: 'bool' },
    );
    const found = g.op('NonZero', [differ], {}, some('int64')); // [2,R]
    const [rows, times] = g.opMany('Split', [found, g.ints([1, 1])], { axis: 0 }, [
      some('int64'),
      some('int64'),
    ]);
    const column = (x: Value | undefined): Value => g.op('Reshape', [x, g.ints([-1, 1])], {}, some('int64'));
    const node = (type: string, a: Value, b: Value): Value => g.op(type, [a, b], {}, some('int64'));
    const start = node('Mul', column(rows), g.uniform(E * T, [], 'int64'));
    const position = node('Add', start, column(times)); // [R,1], of the token read
    const channels = g.constant(
      Array.from({ length: E }, (_, e) => e * T),
      [1, E],
      'int64',
    );
    const from = node('Add', position, channels);
    return { lag, from, to: node('Add', from, g.uniform(lag, [], 'int64')) };
  });
}

const flat = (g: GraphBuilder, x: Value): Value => g.reshape(x, [x.shape.reduce((a, b) => a * b, 1)]);

const picked = (g: GraphBuilder, x: Value, at: Value): Value =>
  g.op('Gather', [flat(g, x), at], { axis: 0 }, some('float32'));

const tapRow = (g: GraphBuilder, w: Value, lag: number): Value => {
  const [E = 0, taps = 0] = w.shape;
  return g.reshape(slice(g, w, [0, taps - 1 - lag], [E, taps - lag], [1, 1], [E, 1]), [1, E]);
};

/** Takes `w_lag * x[source]` away at `target` for every crossing. */
function without(
  g: GraphBuilder,
  y: Value,
  x: Value,
  w: Value,
  crossings: readonly Crossing[],
  way: 'forward' | 'back',
): Value {
  if (crossings.length === 0) return y;
  const line = (value: Value): Value => g.op('Reshape', [value, g.ints([-1])], {}, some(value.dtype));
  const parts = crossings.map(({ lag, to, from }) => {
    const [source, target] = way === 'forward' ? [from, to] : [to, from];
    const product = g.op('Mul', [picked(g, x, source), tapRow(g, w, lag)], {}, some('float32'));
    return { values: line(same(g, 'Neg', [product], product)), target: line(target) };
  });
  const all = (list: readonly Value[]): Value =>
    list.length === 1 ? (list[0] ?? y) : g.op('Concat', list, { axis: 0 }, some(list[0]?.dtype ?? 'float32'));
  const inputs = [flat(g, y), all(parts.map(({ target }) => target)), all(parts.map(({ values }) => values))];
  const scattered = g.op(
    'ScatterElements',
    inputs,
    { axis: 0, reduction: 'add' },
    { shape: [y.shape.reduce((a, b) => a * b, 1)], dtype: y.dtype },
  );
  return g.reshape(scattered, y.shape);
}

function convolve(g: GraphBuilder, x: Value, w: Value, pads: readonly [number, number]): Value {
  const [E = 0, taps = 0] = w.shape;
  const kernel = g.reshape(w, [E, 1, taps]);
  return g.op('Conv', [x, kernel], { group: E, kernel_shape: [taps], pads }, x);
}

/** Tokens a block in `correlate`: small blocks make small products, but a tap reaches one block back only. */
const blockOf = (taps: number): number => Math.max(8, taps - 1);

/**
 * `dw_lag = sum over b, t of dy_t x_(t-lag)` a channel, without documents.
 *
 * Time in blocks: the products of a block of dy with the same block of x, and with the block before, hold
 * every term; constant 0/1 matrices add up those of one lag.
 */
function correlate(g: GraphBuilder, dy: Value, x: Value, taps: number): Value {
  const [B = 0, E = 0, T = 0] = x.shape;
  const block = blockOf(taps);
  const blocks = T / block;
  const shape = [B * E, blocks, block];
  const [heads, tails] = [g.reshape(dy, shape), g.reshape(x, shape)];
  const within = diagonals(g, heads, tails, { B, E, taps, offset: 0 });
  if (blocks === 1 || taps === 1) return within;
  const rest = [B * E, blocks - 1, block];
  const later = slice(g, heads, [0, 1, 0], shape, [1, 1, 1], rest);
  const earlier = slice(g, tails, [0, 0, 0], rest, [1, 1, 1], rest);
  return binary(g, 'Add', within, diagonals(g, later, earlier, { B, E, taps, offset: block }));
}

/** `[B*E,n,a]ᵀ [B*E,n,a]` summed over rows, then along the diagonals that belong to each tap: `[E,taps]`. */
function diagonals(
  g: GraphBuilder,
  dy: Value,
  x: Value,
  { B, E, taps, offset }: Readonly<Record<'B' | 'E' | 'taps' | 'offset', number>>,
): Value {
  const [M = 0, , a = 0] = dy.shape;
  const info = { shape: [M, a, a], dtype: 'float32' as const };
  const products = g.op('FusedMatMul', [dy, x], { transA: 1 }, info, 'com.microsoft');
  const summed = reduce(g, 'ReduceSum', g.reshape(products, [B, E, a * a]), [0], false);
  const select = Float32Array.from({ length: a * a * taps }, (_, n) => {
    const [i, j, at] = [Math.floor(n / taps / a), Math.floor(n / taps) % a, n % taps];
    return i - j + offset === taps - 1 - at ? 1 : 0;
  });
  const inputs = [summed, g.constant(select, [a * a, taps], 'float32')];
  return g.op('Gemm', inputs, {}, { shape: [E, taps], dtype: 'float32' });
}

/** What the crossings added to `correlate`, `[E,taps]`. */
function crossed(
  g: GraphBuilder,
  dy: Value,
  x: Value,
  crossings: readonly Crossing[],
  E: number,
  taps: number,
): Value {
  const columns = Array.from({ length: taps }, (_, at) => {
    const crossing = crossings.find(({ lag }) => lag === taps - 1 - at);
    if (!crossing) return g.uniform(0, [E, 1], 'float32');
    const product = g.op(
      'Mul',
      [picked(g, dy, crossing.to), picked(g, x, crossing.from)],
      {},
      some('float32'),
    );
    const sum = g.op('ReduceSum', [product, g.ints([0])], { keepdims: 0 }, { shape: [E], dtype: 'float32' });
    return g.reshape(sum, [E, 1]);
  });
  return concat(g, columns, 1);
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
  [shortConvolutionOp.name]: (g, inputs) => {
    const [x, w, segments] = [inputOf(inputs, 'x'), inputOf(inputs, 'w'), inputs.segments];
    const [E = 0, taps = 0] = w.shape;
    const y = convolve(g, x, w, [taps - 1, 0]);
    return segments ? without(g, y, x, w, crossingsOf(g, segments, E, taps), 'forward') : y;
  },
  [convolutionInputGradientOp.name]: (g, inputs) => {
    const [dy, w, segments] = [inputOf(inputs, 'dy'), inputOf(inputs, 'w'), inputs.segments];
    const [E = 0, taps = 0] = w.shape;
    const order = g.constant(
      Int32Array.from({ length: taps }, (_, i) => taps - 1 - i),
      [taps],
      'int32',
    );
    const dx = convolve(g, dy, gather(g, w, order, 1), [0, taps - 1]);
    return segments ? without(g, dx, dy, w, crossingsOf(g, segments, E, taps), 'back') : dx;
  },
  [convolutionWeightGradientOp.name]: (g, inputs, attrs) => {
    const [dy, x, segments] = [inputOf(inputs, 'dy'), inputOf(inputs, 'x'), inputs.segments];
    const taps = attribute<number>(attrs, 'taps');
    const E = x.shape[1] ?? 0;
    const all = correlate(g, wholeBlocks(g, dy, taps), wholeBlocks(g, x, taps), taps);
    if (!segments) return all;
    return arithmetic(g, 'Sub', all, crossed(g, dy, x, crossingsOf(g, segments, E, taps), E, taps));
  },
};
