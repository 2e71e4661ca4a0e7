import { required } from '../../../core/required.js';
import { tf } from '../../../core/tf.js';
import type { GraphBuilder } from '../builder.js';
import { SLAB } from '../devices.js';
import { attribute, inputOf, type Lowerings } from '../lowering.js';
import type { Value } from '../value.js';

const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** A contiguous or strided part, by ONNX's Slice. */
export function slice(
  g: GraphBuilder,
  x: Value,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): Value {
  const all = begin.every((b, i) => b === 0 && strides[i] === 1 && end[i] === x.shape[i]);
  if (all) return x;
  const axes = begin
    .map((_, i) => i)
    .filter((i) => begin[i] !== 0 || strides[i] !== 1 || end[i] !== x.shape[i]);
  const pick = (list: readonly number[]): Value => g.ints(axes.map((i) => list[i] ?? 0));
  return g.op(
    'Slice',
    [x, pick(begin), pick(end), g.ints(axes), pick(strides)],
    {},
    { shape, dtype: x.dtype },
  );
}

/** Rows of a value: `[from, to)` of its first axis. */
function rowsOf(g: GraphBuilder, x: Value, from: number, to: number): Value {
  const rest = x.shape.slice(1);
  const ones = x.shape.map(() => 1);
  return slice(g, x, [from, ...rest.map(() => 0)], [to, ...rest], ones, [to - from, ...rest]);
}

/** For each slab of `count` rows of `width` numbers, what takes its rows of a value. */
export function slabs(g: GraphBuilder, count: number, width: number): readonly ((x: Value) => Value)[] {
  const size = Math.max(1, Math.floor(SLAB / width));
  return Array.from(
    { length: Math.ceil(count / size) },
    (_, i) => (x: Value) => rowsOf(g, x, i * size, Math.min((i + 1) * size, count)),
  );
}

export function concat(g: GraphBuilder, parts: readonly Value[], axis: number): Value {
  const [first, ...rest] = parts.filter((part) => !part.shape.includes(0));
  if (!first) return required(parts[0], 'a part'); // all are empty: any of them is the result
  if (rest.length === 0) return first;
  const shape = [...first.shape];
  shape[axis] = rest.reduce((sum, part) => sum + (part.shape[axis] ?? 0), first.shape[axis] ?? 0);
  return g.op('Concat', [first, ...rest], { axis }, { shape, dtype: first.dtype });
}

/**
 * A value that is there only once others are, which have its shape but for the first axis: it is joined with none of
 * their rows. Else the runtime makes late what is used late, and keeps all that this is made from until then.
 */
export function after(g: GraphBuilder, value: Value, others: readonly Value[]): Value {
  const none = others.map((other) => rowsOf(g, other, 0, 0));
  return g.op('Concat', [value, ...none], { axis: 0 }, value);
}

/** A list in pieces of `size`, the last perhaps shorter. */
function chunked<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
}

/** The axis of a shape that is another one's, where the two differ in axes of 1 only. */
function sameAxis(from: readonly number[], axis: number, to: readonly number[]): number | undefined {
  const long = (shape: readonly number[]): number[] => shape.flatMap((size, i) => (size === 1 ? [] : [i]));
  const [own, other] = [long(from), long(to)];
  const matches = own.length === other.length && own.every((i, n) => from[i] === to[other[n] ?? -1]);
  return matches ? other[own.indexOf(axis)] : undefined;
}

function split(g: GraphBuilder, x: Value, sizes: readonly number[], axis: number): readonly Value[] {
  if (sizes.length === 1) return [x];
  const data = x.base && sameAxis(x.shape, axis, x.base.shape);
  if (x.base && data !== undefined) {
    return split(g, x.base, sizes, data).map((part, i) => g.reshape(part, x.shape.with(axis, sizes[i] ?? 0)));
  }
  const { mostResults } = g.device;
  if (sizes.length > mostResults) {
    const groups = chunked(sizes, Math.ceil(sizes.length / mostResults));
    const sums = groups.map((group) => group.reduce((a, b) => a + b, 0));
    return split(g, x, sums, axis).flatMap((part, i) => split(g, part, groups[i] ?? [], axis));
  }
  const infos = sizes.map((size) => ({ shape: x.shape.with(axis, size), dtype: x.dtype }));
  return g.opMany('Split', [x, g.ints(sizes)], { axis }, infos);
}

export function transpose(g: GraphBuilder, x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis] ?? 0);
  const order = perm.filter((axis) => x.shape[axis] !== 1);
  if (order.every((axis, i) => i === 0 || axis > (order[i - 1] ?? 0))) return g.reshape(x, shape);
  return g.op('Transpose', [x], { perm }, { shape, dtype: x.dtype });
}

/** The same tensor backwards along some axes. */
function reverse(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const dims = axes.map((axis) => positive(axis, x.shape.length));
  const vector = (value: number): Value => g.ints(dims.map(() => value));
  const inputs = [x, vector(-1), vector(-(2 ** 31)), g.ints(dims), vector(-1)];
  return g.op('Slice', inputs, {}, { shape: x.shape, dtype: x.dtype });
}

function pad(
  g: GraphBuilder,
  x: Value,
  paddings: readonly (readonly [number, number])[],
  value: number,
): Value {
  const shape = x.shape.map((n, i) => n + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0));
  const pads = g.ints([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  return g.op('Pad', [x, pads, g.scalar(value, x.dtype)], { mode: 'constant' }, { shape, dtype: x.dtype });
}

const reshapeTo = (name: string, g: GraphBuilder, x: Value, shape: readonly number[]): Value => {
  const size = x.shape.reduce((product, n) => product * n, 1);
  const known = shape.reduce((product, n) => (n < 0 ? product : product * n), 1);
  if (shape.filter((n) => n < 0).length > 1) throw new Error(`${name}: more than one unknown dimension`);
  return g.reshape(
    x,
    shape.map((n) => (n < 0 ? size / known : n)),
  );
};

export const shaping: Lowerings = {
  Identity: (_g, inputs) => inputOf(inputs, 'x'),
  Reshape: (g, inputs, attrs) =>
    reshapeTo('Reshape', g, inputOf(inputs, 'x'), attribute<number[]>(attrs, 'shape')),
  ExpandDims: (g, inputs, attrs) => {
    const x = inputOf(inputs, 'input');
    const dim = positive(attribute<number>(attrs, 'dim'), x.shape.length + 1);
    return g.reshape(x, x.shape.toSpliced(dim, 0, 1));
  },
  Transpose: (g, inputs, attrs) => transpose(g, inputOf(inputs, 'x'), attribute<number[]>(attrs, 'perm')),
  Slice: (g, inputs, attrs) => {
    const x = inputOf(inputs, 'x');
    const begin = attribute<number | number[]>(attrs, 'begin');
    const parsed = tf.slice_util.parseSliceParams(shaped(x), begin, attribute<number[]>(attrs, 'size'));
    const [start = [], size = []] = parsed;
    const end = start.map((b, i) => b + (size[i] ?? 0));
    return slice(
      g,
      x,
      start,
      end,
      start.map(() => 1),
      size,
    );
  },
  StridedSlice: (g, inputs, attrs) => {
    const x = inputOf(inputs, 'x');
    const list = (name: string): number[] => attribute<number[]>(attrs, name);
    const mask = (name: string): number => attribute<number>(attrs, name);
    const info = tf.slice_util.sliceInfo(
      [...x.shape],
      list('begin'),
      list('end'),
      list('strides'),
      mask('beginMask'),
      mask('endMask'),
      mask('ellipsisMask'),
      mask('newAxisMask'),
      mask('shrinkAxisMask'),
    );
    const before = tf.slice_util.computeOutShape(info.begin, info.end, info.strides);
    const strided = slice(g, x, info.begin, info.end, info.strides, before);
    return g.reshape(strided, info.finalShape);
  },
  PadV2: (g, inputs, attrs) =>
    pad(
      g,
      inputOf(inputs, 'x'),
      attribute<[number, number][]>(attrs, 'paddings'),
      attribute<number>(attrs, 'constantValue'),
    ),
  Concat: (g, inputs, attrs) => {
    const parts = Object.values(inputs);
    return concat(g, parts, positive(attribute<number>(attrs, 'axis'), parts[0]?.shape.length ?? 1));
  },
  Pack: (g, inputs, attrs) => {
    const parts = Object.values(inputs);
    const axis = positive(attribute<number>(attrs, 'axis'), (parts[0]?.shape.length ?? 0) + 1);
    return concat(
      g,
      parts.map((part) => g.reshape(part, part.shape.toSpliced(axis, 0, 1))),
      axis,
    );
  },
  Unpack: (g, inputs, attrs) => {
    const x = inputOf(inputs, 'value');
    const axis = positive(attribute<number>(attrs, 'axis'), x.shape.length);
    const sizes = new Array<number>(x.shape[axis] ?? 0).fill(1);
    return split(g, x, sizes, axis).map((part) => g.reshape(part, x.shape.toSpliced(axis, 1)));
  },
  SplitV: (g, inputs, attrs) => {
    const x = inputOf(inputs, 'x');
    const axis = positive(attribute<number>(attrs, 'axis'), x.shape.length);
    const sizes = tf.backend_util.prepareSplitSize(
      shaped(x),
      attribute<number[]>(attrs, 'numOrSizeSplits'),
      axis,
    );
    return split(g, x, sizes, axis);
  },
  Tile: (g, inputs, attrs) => {
    const x = inputOf(inputs, 'x');
    const reps = attribute<number[]>(attrs, 'reps');
    const shape = x.shape.map((n, i) => n * (reps[i] ?? 1));
    if (x.uniform !== undefined) return g.uniform(x.uniform, shape, x.dtype);
    if (reps.every((n) => n === 1)) return x;
    return g.op('Tile', [x, g.ints(reps)], {}, { shape, dtype: x.dtype });
  },
  Reverse: (g, inputs, attrs) =>
    reverse(g, inputOf(inputs, 'x'), [attribute<number | number[]>(attrs, 'dims')].flat()),
};

/** What tfjs's shape helpers look at of a tensor: only its shape and rank. */
function shaped(x: Value): tf.Tensor {
  return { shape: [...x.shape], rank: x.shape.length } as unknown as tf.Tensor; // see above
}
