import {
  channelProjection,
  projectionInputGradient,
  projectionWeightGradient,
} from '../../../ops/channelProjection.js';
import { scatterRows } from '../../../ops/gatherRows.js';
import { clearRows, replaceRows } from '../../../ops/replaceRows.js';
import { rmsNorm } from '../../../ops/rmsNorm.js';
import { silu } from '../../../ops/silu.js';
import { swiglu } from '../../../ops/swiglu.js';
import { transposeMatrices } from '../../../ops/transposeMatrices.js';
import { unitNormalise } from '../../../ops/unitNormalise.js';
import { writeRow } from '../../../ops/writeRow.js';
import type { GraphBuilder } from '../builder.js';
import { attribute, inputOf, isSmall, type Lowering, type Lowerings } from '../lowering.js';
import { onnxType, type Value } from '../value.js';
import { arithmetic, binary, same } from './elementwise.js';
import { sumRows } from './indexing.js';
import { product } from './products.js';
import { reduce } from './reductions.js';
import { transpose } from './shaping.js';

/** In the shape that the data has. */
function quickSilu(g: GraphBuilder, x: Value): Value {
  const data = x.base ?? x;
  return g.reshape(g.op('QuickGelu', [data], { alpha: { f: 1 } }, data, 'com.microsoft'), x.shape);
}

/** `Where` with flags that are repeated along the other axes by the runtime. */
function choose(g: GraphBuilder, flags: Value, fresh: Value, x: Value): Value {
  const other = fresh.uniform === undefined ? fresh : g.scalar(fresh.uniform, fresh.dtype);
  return g.op('Where', [flags, other, x], {}, x);
}

/**
 * x / sqrt(mean(x²) + epsilon) times a constant, as one node: quicker than six for few elements. For many,
 * ONNX Runtime's normalisation is slower than its parts, whose small ones the gradient then shares.
 */
function oneNode(g: GraphBuilder, x: Value, epsilon: number, factor: number): Value {
  const scale = g.uniform(factor, [x.shape.at(-1) ?? 1], 'float32');
  const attributes = { axis: -1, epsilon: { f: epsilon }, stash_type: 1 };
  return g.op('RMSNormalization', [x, scale], attributes, x);
}

/** x / sqrt(factor sum(x²) + epsilon), node by node as the definition has it. */
function inParts(g: GraphBuilder, x: Value, epsilon: number, factor: number): Value {
  const kept = { shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype };
  const sum = g.op('ReduceSumSquare', [x, g.ints([x.shape.length - 1])], { keepdims: 1 }, kept);
  const scaled = factor === 1 ? sum : binary(g, 'Mul', sum, g.scalar(factor));
  const root = same(g, 'Sqrt', [arithmetic(g, 'Add', scaled, g.scalar(epsilon))], sum);
  return binary(g, 'Mul', x, same(g, 'Reciprocal', [root], sum));
}

const rms: Lowering = (g, inputs, attrs) => {
  const x = inputOf(inputs, 'x');
  const epsilon = attribute<number>(attrs, 'epsilon');
  return isSmall(x) ? oneNode(g, x, epsilon, 1) : inParts(g, x, epsilon, 1 / (x.shape.at(-1) ?? 1));
};

const unit: Lowering = (g, inputs, attrs) => {
  const x = inputOf(inputs, 'x');
  const [D, epsilon] = [x.shape.at(-1) ?? 1, attribute<number>(attrs, 'epsilon')];
  return isSmall(x) ? oneNode(g, x, epsilon / D, 1 / Math.sqrt(D)) : inParts(g, x, epsilon, 1);
};

/** Sizes of the identity by which matrices are transposed: smaller ones and larger ones are quicker turned by a node. */
const [LEAST_IDENTITY, LARGEST_IDENTITY] = [8, 64];

/** Each matrix transposed: a product with the identity where that is quicker than the runtime's node. */
const transposed: Lowering = (g, inputs) => {
  const x = inputOf(inputs, 'x');
  const [, rows = 0, columns = 0] = x.shape;
  const size = Math.min(rows, columns);
  const fits = size >= LEAST_IDENTITY && size <= LARGEST_IDENTITY && !isSmall(x);
  if (!g.device.slowTranspose || !fits) return transpose(g, x, [0, 2, 1]);
  const ones = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const identity = { value: g.constant(ones, [size, size], 'float32'), transposed: false };
  const turned = { value: x, transposed: true };
  return rows === size ? product(g, turned, identity) : product(g, identity, turned);
};

/** One row of each table, at the place of its own. */
const scatterRow: Lowering = (g, inputs) => {
  const [table, row, slot] = [inputOf(inputs, 'table'), inputOf(inputs, 'row'), inputOf(inputs, 'slot')];
  const [B = 0, M = 0, , K = 0] = table.shape;
  const places = { shape: [B, M, 1], dtype: 'int64' } as const;
  const whole = g.op(
    'Cast',
    [g.reshape(slot, [B, 1, 1])],
    { to: onnxType.int64 },
    { ...places, shape: [B, 1, 1] },
  );
  const slots = g.op('Expand', [whole, g.ints(places.shape)], {}, places);
  const pairs = Array.from({ length: B * M }, (_, i) => [Math.floor(i / M), i % M]).flat();
  const tables = g.constant(pairs, [B, M, 2], 'int64');
  const indices = g.op('Concat', [tables, slots], { axis: 2 }, { ...places, shape: [B, M, 3] });
  const written = g.op('ScatterND', [table, indices, g.reshape(row, [B, M, K])], {}, table);
  g.rowWrites.set(written.name, { table, row, slot });
  return written;
};

/** Ops of ours that the runtime has something better for than their definition. */
export const customOps: Lowerings = {
  [scatterRows.kernel]: (g, inputs, attrs) => {
    const [rows, ids] = [inputOf(inputs, 'rows'), inputOf(inputs, 'ids')];
    return sumRows(g, rows, ids, attribute<number>(attrs, 'count'));
  },
  [channelProjection.kernel]: (g, inputs) => {
    const [x, W] = [inputOf(inputs, 'x'), inputOf(inputs, 'W')];
    const [B = 0, T = 0, D = 0] = x.shape;
    // Of one token channels before time and after are the same, and the plain product is quicker.
    if (T !== 1) return product(g, { value: W, transposed: true }, { value: x, transposed: true });
    const row = { value: g.reshape(x, [B, D]), transposed: false };
    return g.reshape(product(g, row, { value: W, transposed: false }), [B, W.shape[1] ?? 0, 1]);
  },
  [projectionInputGradient.kernel]: (g, inputs) =>
    product(
      g,
      { value: inputOf(inputs, 'dy'), transposed: true },
      { value: inputOf(inputs, 'W'), transposed: true },
    ),
  [projectionWeightGradient.kernel]: (g, inputs) => {
    const rows = product(
      g,
      { value: inputOf(inputs, 'x'), transposed: true },
      { value: inputOf(inputs, 'dy'), transposed: true },
    );
    return reduce(g, 'ReduceSum', rows, [0], false);
  },
  [swiglu.kernel]: (g, inputs) => {
    const [gate, x] = [inputOf(inputs, 'gate'), inputOf(inputs, 'x')];
    // Of large tensors the gradient shares the sigmoid and its product; of small ones nodes count.
    const large = !isSmall(gate);
    const active = large ? binary(g, 'Mul', gate, same(g, 'Sigmoid', [gate], gate)) : quickSilu(g, gate);
    return binary(g, 'Mul', active, x);
  },
  [replaceRows.kernel]: (g, inputs) =>
    choose(g, inputOf(inputs, 'flags'), inputOf(inputs, 'fresh'), inputOf(inputs, 'x')),
  [clearRows.kernel]: (g, inputs) => choose(g, inputOf(inputs, 'flags'), g.scalar(0), inputOf(inputs, 'dy')),
  [writeRow.kernel]: scatterRow,
  [silu.kernel]: (g, inputs) => quickSilu(g, inputOf(inputs, 'x')),
  [rmsNorm.kernel]: rms,
  [unitNormalise.kernel]: unit,
  [transposeMatrices.kernel]: transposed,
};
