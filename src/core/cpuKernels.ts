/** What is used here of TensorFlow.js: see `tf.ts`, which gives it. */
interface Kernels<Config> {
  getKernel(name: string, backend: string): Config | undefined;
  unregisterKernel(name: string, backend: string): void;
  registerKernel(config: Config): void;
}

interface Info {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: string;
}

type Values = Float32Array | Int32Array | Uint8Array;

/** tfjs's cpu backend. */
interface Backend {
  readonly data: { get(id: object): { readonly values: Values } };
  makeTensorInfo(shape: number[], dtype: string, values: Values): Info;
  disposeData(id: object): boolean;
}

interface Call<Attrs = undefined> {
  readonly inputs: Readonly<Record<string, Info>>;
  readonly backend: Backend;
  readonly attrs: Attrs;
}

type Kernel<Attrs> = (call: Call<Attrs>) => Info;

/** Kernels of two operands, which tfjs broadcasts by the coordinates of each element. */
const BINARY = [
  ...['Add', 'Sub', 'Multiply', 'RealDiv', 'FloorDiv', 'Mod', 'Pow', 'SquaredDifference'],
  ...['Maximum', 'Minimum', 'Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'],
];

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** A block of an array: where it begins and how far apart its elements are along each axis; 0 repeats an axis. */
interface Block {
  readonly values: Values;
  readonly first: number;
  readonly strides: readonly number[];
}

/** Copies a block of these sizes. */
function copyBlock(sizes: readonly number[], from: Block, to: Block): void {
  const [source, target] = [from.values, to.values];
  const last = sizes.length - 1;
  const along = (axis: number, read: number, write: number): void => {
    const [size = 1, step = 0, advance = 0] = [sizes[axis], from.strides[axis], to.strides[axis]];
    for (let i = 0; i < size; i++) {
      if (axis < last) along(axis + 1, read + i * step, write + i * advance);
      else target[write + i * advance] = source[read + i * step] as number; // within the block
    }
  };
  along(0, from.first, to.first);
}

const isPlain = ({ dtype }: Info): boolean => dtype === 'float32' || dtype === 'int32' || dtype === 'bool';

function emptyLike(values: Values, length: number): Values {
  if (values instanceof Float32Array) return new Float32Array(length);
  return values instanceof Int32Array ? new Int32Array(length) : new Uint8Array(length);
}

/** Whether tfjs would go by coordinates: an axis is repeated within the other operand's. */
function isRepeated({ shape: a }: Info, { shape: b }: Info): boolean {
  for (let i = 1; i <= Math.min(a.length, b.length); i++) {
    if (a[a.length - i] !== b[b.length - i]) return true;
  }
  return false;
}

/** The shape of both operands' result; undefined where they do not fit. */
function commonShape({ shape: a }: Info, { shape: b }: Info): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const [n, m] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (n !== m && n !== 1 && m !== 1) return undefined;
    shape.push(n === 1 ? m : n);
  }
  return shape;
}

/** The operand in another shape, to which it can be broadcast. */
function broadcast(x: Info, shape: number[], backend: Backend): Info {
  const offset = shape.length - x.shape.length;
  const { values } = backend.data.get(x.dataId);
  const own = stridesOf(x.shape);
  const strides = shape.map((_, axis) => (x.shape[axis - offset] === 1 ? 0 : (own[axis - offset] ?? 0)));
  const result = emptyLike(values, sizeOf(shape));
  copyBlock(shape, { values, first: 0, strides }, { values: result, first: 0, strides: stridesOf(shape) });
  return backend.makeTensorInfo(shape, x.dtype, result);
}

/** tfjs's own kernel, with both operands in the shape of the result where one would be found by coordinates. */
function ofOneShape(kernel: Kernel<undefined>): Kernel<undefined> {
  return (call) => {
    const { a, b } = call.inputs;
    if (!a || !b || !isPlain(a) || !isPlain(b) || !isRepeated(a, b)) return kernel(call);
    const shape = commonShape(a, b);
    if (!shape) return kernel(call);
    const wide = [a, b].map((x) => broadcast(x, shape, call.backend));
    const result = kernel({ ...call, inputs: { a: wide[0] ?? a, b: wide[1] ?? b } });
    for (const { dataId } of wide) call.backend.disposeData(dataId);
    return result;
  };
}

/** tfjs's own kernel where the slice is one piece of memory, which it shares. */
function slice(kernel: Kernel<{ begin: number | number[]; size: number | number[] }>): typeof kernel {
  return (call) => {
    const { backend, attrs } = call;
    const { x } = call.inputs;
    const { begin, size } = attrs;
    if (!x || !isPlain(x) || !Array.isArray(begin) || !Array.isArray(size)) return kernel(call);
    const rank = x.shape.length;
    const shape = size.map((n, axis) => (n < 0 ? (x.shape[axis] ?? 0) - (begin[axis] ?? 0) : n));
    const isWithin = shape.every(
      (n, axis) => n >= 0 && (begin[axis] ?? -1) >= 0 && (begin[axis] ?? 0) + n <= (x.shape[axis] ?? 0),
    );
    const first = shape.findIndex((n) => n > 1);
    const isOnePiece = first < 0 || shape.slice(first + 1).every((n, i) => n === x.shape[first + 1 + i]);
    if (begin.length !== rank || size.length !== rank || !isWithin || isOnePiece) return kernel(call);
    const { values } = backend.data.get(x.dataId);
    const result = emptyLike(values, sizeOf(shape));
    const strides = stridesOf(x.shape);
    const start = strides.reduce((sum, stride, axis) => sum + stride * (begin[axis] ?? 0), 0);
    copyBlock(
      shape,
      { values, first: start, strides },
      { values: result, first: 0, strides: stridesOf(shape) },
    );
    return backend.makeTensorInfo(shape, x.dtype, result);
  };
}

/** As tfjs's, by strides. */
function pad(kernel: Kernel<{ paddings: [number, number][]; constantValue: number }>): typeof kernel {
  return (call) => {
    const { backend, attrs } = call;
    const { x } = call.inputs;
    const { paddings, constantValue } = attrs;
    if (!x || !isPlain(x) || paddings.flat().some((n) => n < 0)) return kernel(call);
    const shape = x.shape.map((n, axis) => n + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0));
    const { values } = backend.data.get(x.dataId);
    const result = emptyLike(values, sizeOf(shape));
    if (constantValue !== 0) result.fill(constantValue);
    const strides = stridesOf(shape);
    const first = strides.reduce((sum, stride, axis) => sum + stride * (paddings[axis]?.[0] ?? 0), 0);
    if (values.length > 0) {
      copyBlock(
        x.shape,
        { values, first: 0, strides: stridesOf(x.shape) },
        { values: result, first, strides },
      );
    }
    return backend.makeTensorInfo(shape, x.dtype, result);
  };
}

/**
 * Puts in the place of some kernels of tfjs's cpu backend some that give the same bits: tfjs finds every element of a
 * slice, of a padded and of a broadcast tensor by arrays of coordinates, which takes half of the time of a model on that
 * backend. What they do not take (strings, complex numbers, wrong shapes) goes to tfjs's own kernels.
 */
export function replaceSlowKernels<Config extends { readonly kernelFunc: unknown }>(
  tf: Kernels<Config>,
): void {
  const replace = <Attrs>(name: string, by: (kernel: Kernel<Attrs>) => Kernel<Attrs>): void => {
    const config = tf.getKernel(name, 'cpu');
    if (!config) return;
    tf.unregisterKernel(name, 'cpu');
    // The cast: tfjs declares one loose type for the functions of all kernels.
    tf.registerKernel({ ...config, kernelFunc: by(config.kernelFunc as Kernel<Attrs>) });
  };
  for (const name of BINARY) replace(name, ofOneShape);
  replace('Slice', slice);
  replace('PadV2', pad);
}
