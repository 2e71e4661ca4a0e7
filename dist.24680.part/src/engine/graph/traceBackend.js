import { TraceError } from '../../core/errors.js';
import { required } from '../../core/required.js';
import { tf } from '../../core/tf.js';
import { GraphBuilder } from './builder.js';
/** The name tfjs knows the tracing backend by. */
export const TRACE_BACKEND = 'pavlov-trace';
/** tfjs's element type as a graph's. */
export function elementType(dtype, where) {
    if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool')
        return dtype;
    throw new TraceError(`${where}: expected float32, int32 or bool, got ${dtype}; convert it outside the function`);
}
/** ONNX's `Scan`: carried states first, then sequences sliced along the axis of time. */
function addLoop({ outer, inner }, record, given, { axis, reverse = false }) {
    const T = required(given.sequences[0]?.shape[axis], 'a sequence to loop over');
    const carry = given.carry.map(({ shape, dtype }, i) => inner.input(`c${i}`, shape, dtype));
    const slices = given.sequences.map(({ shape, dtype }, i) => inner.input(`x${i}`, shape.toSpliced(axis, 1), dtype));
    const step = record(carry, slices);
    const outputs = [...step.carry, ...step.ys].map((value, i) => inner.output(value, `o${i}`));
    const graph = { ...inner.finish(outputs), inputs: [...carry, ...slices] };
    const times = (count, value) => new Array(count).fill(value);
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
class TraceBackend extends tf.KernelBackend {
    values = new Map();
    counts = new Map();
    current;
    begin(builder, name) {
        this.current = { builder, name };
    }
    end() {
        this.current = undefined;
        this.values = new Map();
        this.counts = new Map();
    }
    /** A loop as one node; the body is recorded once, into a graph of its own. */
    loop(body, carry, sequences, options) {
        const outer = this.builder;
        const inner = new GraphBuilder(outer.fresh());
        const given = {
            carry: carry.map((x) => this.valueBehind(x)),
            sequences: sequences.map((x) => this.valueBehind(x)),
        };
        const record = (starts, slices) => this.nested(inner, () => {
            const tensors = (values) => values.map((value) => this.tensor(value));
            const step = body(tensors(starts), tensors(slices));
            const values = (list) => list.map((x) => this.valueBehind(x));
            return { carry: values(step.carry), ys: values(step.ys) };
        });
        const result = addLoop({ outer, inner }, record, given, options);
        return { carry: result.carry.map((x) => this.tensor(x)), ys: result.ys.map((x) => this.tensor(x)) };
    }
    /** Traces into another graph while `body` runs: the body of a loop. */
    nested(builder, body) {
        const outer = this.current;
        this.current = { builder, name: outer?.name ?? '' };
        try {
            return body();
        }
        finally {
            this.current = outer;
        }
    }
    get builder() {
        if (this.current)
            return this.current.builder;
        throw new TraceError('graph engine: expected a traced tensor to be used inside its function only; return it instead');
    }
    /** A new data id that stands for a value. */
    adopt(value) {
        const id = {};
        this.values.set(id, value);
        this.counts.set(id, 1);
        return id;
    }
    /** A tensor that stands for a value. */
    tensor(value) {
        const dtype = value.dtype; // int64 never leaves a lowering
        return tf
            .engine()
            .makeTensorFromTensorInfo({ dataId: this.adopt(value), shape: [...value.shape], dtype }, this);
    }
    /** The value behind a tensor in the shape tfjs sees; data of other backends becomes a constant. */
    valueBehind(tensor) {
        const known = this.values.get(tensor.dataId);
        if (known)
            return this.builder.reshape(known, tensor.shape);
        const owners = tf.engine(); // see TensorOwners
        const owner = owners.state.tensorInfo.get(tensor.dataId)?.backend;
        const name = this.current?.name ?? '';
        if (!owner || owner === this) {
            throw new TraceError(`${name}: expected a tensor that is alive, got a disposed one or one of another trace`);
        }
        const dtype = elementType(tensor.dtype, name);
        const values = owner.readSync(tensor.dataId); // the type check excludes strings
        const constant = this.builder.constant(values, tensor.shape, dtype);
        this.values.set(tensor.dataId, constant);
        this.counts.set(tensor.dataId, 1);
        return constant;
    }
    write(values, shape, dtype) {
        const numbers = values; // strings are refused by elementType
        return this.adopt(this.builder.constant(numbers, shape, elementType(dtype, this.current?.name ?? '')));
    }
    read() {
        return Promise.reject(this.refusal());
    }
    readSync() {
        throw this.refusal();
    }
    refusal() {
        return new TraceError(`${this.current?.name ?? 'graph engine'}: expected no value to be read while tracing, got a read ` +
            `(data, dataSync, array, print, or an op that looks at numbers, such as booleanMaskAsync); ` +
            `return the tensor and read it outside, or choose with tf.where`);
    }
    refCount(id) {
        return this.counts.get(id) ?? 0;
    }
    incRef(id) {
        this.counts.set(id, this.refCount(id) + 1);
    }
    decRef(id) {
        this.counts.set(id, this.refCount(id) - 1);
    }
    /** Values are small and live until the trace ends; only the count goes down. */
    disposeData(id) {
        this.decRef(id);
        return this.refCount(id) <= 0;
    }
    numDataIds() {
        return this.counts.size;
    }
    memory() {
        return { unreliable: true };
    }
    floatPrecision() {
        return 32;
    }
    epsilon() {
        return 1e-7;
    }
    timerAvailable() {
        return false;
    }
    dispose() {
        this.end();
    }
}
export const traceBackend = new TraceBackend();
tf.registerBackend(TRACE_BACKEND, () => traceBackend, 0);
