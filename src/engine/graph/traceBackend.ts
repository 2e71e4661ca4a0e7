import { TraceError } from '../../core/errors.js';
import { required } from '../../core/required.js';
import { tf, type DataId, type Tensor } from '../../core/tf.js';
import { ownerOf } from '../backends.js';
import type { LoopBackend, LoopBody, LoopOptions, LoopStep } from '../loop.js';
import { GraphBuilder } from './builder.js';
import type { ElementType, Value } from './value.js';

/** The name tfjs knows the tracing backend by. */
export const TRACE_BACKEND = 'pavlov-trace';

type BackendValues = Parameters<tf.KernelBackend['write']>[0];

/** tfjs's element type as a graph's. */
export function elementType(dtype: string, where: string): ElementType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new TraceError(
    `${where}: expected float32, int32 or bool, got ${dtype}; convert it outside the function`,
  );
}

/** What a loop carries on and puts out, as values. */
interface LoopValues {
  readonly carry: readonly Value[];
  readonly ys: readonly Value[];
}

/** Records one step from the values it starts with. */
type RecordStep = (carry: readonly Value[], slices: readonly Value[]) => LoopValues;

/** ONNX's `Scan`: carried states first, then sequences sliced along the axis of time. */
function addLoop(
  { outer, inner }: { readonly outer: GraphBuilder; readonly inner: GraphBuilder },
  record: RecordStep,
  given: { readonly carry: readonly Value[]; readonly sequences: readonly Value[] },
  { axis, reverse = false }: LoopOptions,
): LoopValues {
  const T = required(given.sequences[0]?.shape[axis], 'a sequence to loop over');
  const carry = given.carry.map(({ shape, dtype }, i) => inner.input(`c${i}`, shape, dtype));
  const slices = given.sequences.map(({ shape, dtype }, i) =>
    inner.input(`x${i}`, shape.toSpliced(axis, 1), dtype),
  );
  const step = record(carry, slices);
  const outputs = [...step.carry, ...step.ys].map((value, i) => inner.output(value, `o${i}`));
  const graph = { ...inner.finish(outputs), inputs: [...carry, ...slices] };
  const times = (count: number, value: number): number[] => new Array<number>(count).fill(value);
  const direction = reverse ? 1 : 0;
  const attributes = {
    body: { graph },
    num_scan_inputs: slices.length,
    scan_input_axes: times(slices.length, axis),
    scan_input_directions: times(slices.length, direction),
    scan_output_axes: times(step.ys.length, axis),
    scan_output_directions: times(step.ys.length, direction),
  };
  const infos = [
    ...step.carry.map(({ shape, dtype }) => ({ shape, dtype })),
    ...step.ys.map(({ shape, dtype }) => ({ shape: shape.toSpliced(axis, 0, T), dtype })),
  ];
  const results = outer.opMany('Scan', [...given.carry, ...given.sequences], attributes, infos);
  return { carry: results.slice(0, carry.length), ys: results.slice(carry.length) };
}

/**
 * A tfjs backend whose tensors are values of a graph: kernels add nodes and nothing is computed.
 * One trace at a time; `begin` and `end` bracket it.
 */
class TraceBackend extends tf.KernelBackend implements LoopBackend {
  private values = new Map<DataId, Value>();
  private counts = new Map<DataId, number>();
  private current: { readonly builder: GraphBuilder; readonly name: string } | undefined;

  begin(builder: GraphBuilder, name: string): void {
    this.current = { builder, name };
  }

  end(): void {
    this.current = undefined;
    this.values = new Map();
    this.counts = new Map();
  }

  /** A loop as one node; the body is recorded once, into a graph of its own. */
  loop(
    body: LoopBody,
    carry: readonly Tensor[],
    sequences: readonly Tensor[],
    options: LoopOptions,
  ): LoopStep {
    const outer = this.builder;
    const inner = new GraphBuilder(outer.fresh(), outer.device);
    const given = {
      carry: carry.map((x) => this.valueBehind(x)),
      sequences: sequences.map((x) => this.valueBehind(x)),
    };
    const record = (starts: readonly Value[], slices: readonly Value[]): LoopValues =>
      this.nested(inner, () => {
        const tensors = (values: readonly Value[]): Tensor[] => values.map((value) => this.tensor(value));
        const step = body(tensors(starts), tensors(slices));
        const values = (list: readonly Tensor[]): Value[] => list.map((x) => this.valueBehind(x));
        return { carry: values(step.carry), ys: values(step.ys) };
      });
    const result = addLoop({ outer, inner }, record, given, options);
    return { carry: result.carry.map((x) => this.tensor(x)), ys: result.ys.map((x) => this.tensor(x)) };
  }

  /** Traces into another graph while `body` runs: the body of a loop. */
  private nested<T>(builder: GraphBuilder, body: () => T): T {
    const outer = this.current;
    this.current = { builder, name: outer?.name ?? '' };
    try {
      return body();
    } finally {
      this.current = outer;
    }
  }

  get builder(): GraphBuilder {
    if (this.current) return this.current.builder;
    throw new TraceError(
      'graph engine: expected a traced tensor to be used inside its function only; return it instead',
    );
  }

  /** A new data id that stands for a value. */
  adopt(value: Value): DataId {
    const id = {};
    this.values.set(id, value);
    this.counts.set(id, 1);
    return id;
  }

  /** A tensor that stands for a value. */
  tensor(value: Value): Tensor {
    const dtype = value.dtype as 'float32' | 'int32' | 'bool'; // int64 never leaves a lowering
    return tf
      .engine()
      .makeTensorFromTensorInfo({ dataId: this.adopt(value), shape: [...value.shape], dtype }, this);
  }

  /** The value behind a tensor in the shape tfjs sees; data of other backends becomes a constant. */
  valueBehind(tensor: { dataId: DataId; shape: number[]; dtype: string }): Value {
    const known = this.values.get(tensor.dataId);
    if (known) return this.builder.reshape(known, tensor.shape);
    const owner = ownerOf(tensor.dataId);
    const name = this.current?.name ?? '';
    if (!owner || owner === this) {
      throw new TraceError(
        `${name}: expected a tensor that is alive, got a disposed one or one of another trace`,
      );
    }
    const dtype = elementType(tensor.dtype, name);
    const values = owner.readSync(tensor.dataId) as ArrayLike<number>; // the type check excludes strings
    const constant = this.builder.constant(values, tensor.shape, dtype);
    this.values.set(tensor.dataId, constant);
    this.counts.set(tensor.dataId, 1);
    return constant;
  }

  override write(values: BackendValues, shape: number[], dtype: tf.DataType): DataId {
    const numbers = values as ArrayLike<number>; // strings are refused by elementType
    return this.adopt(this.builder.constant(numbers, shape, elementType(dtype, this.current?.name ?? '')));
  }

  override read(): Promise<BackendValues> {
    return Promise.reject(this.refusal());
  }

  override readSync(): BackendValues {
    throw this.refusal();
  }

  private refusal(): TraceError {
    return new TraceError(
      `${this.current?.name ?? 'graph engine'}: expected no value to be read while tracing, got a read ` +
        `(data, dataSync, array, print, or an op that looks at numbers, such as booleanMaskAsync); ` +
        `return the tensor and read it outside, or choose with tf.where`,
    );
  }

  override refCount(id: DataId): number {
    return this.counts.get(id) ?? 0;
  }

  override incRef(id: DataId): void {
    this.counts.set(id, this.refCount(id) + 1);
  }

  decRef(id: DataId): void {
    this.counts.set(id, this.refCount(id) - 1);
  }

  /** Values are small and live until the trace ends; only the count goes down. */
  override disposeData(id: DataId): boolean {
    this.decRef(id);
    return this.refCount(id) <= 0;
  }

  override numDataIds(): number {
    return this.counts.size;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {
    this.end();
  }
}

export const traceBackend = new TraceBackend();
tf.registerBackend(TRACE_BACKEND, () => traceBackend, 0);
