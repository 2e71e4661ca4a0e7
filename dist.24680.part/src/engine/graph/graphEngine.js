import { required } from '../../core/required.js';
import { lookUp } from '../../core/errors.js';
import { tf } from '../../core/tf.js';
import { graphDevices, nameOf, } from '../engine.js';
import { Tensor as OrtTensor } from './onnxRuntime.js';
import { createSession } from './session.js';
import { StateStore } from './stateStore.js';
import { trace } from './trace.js';
/** A tfjs tensor's values as ONNX Runtime takes them; shares memory where the backend does. */
function toOrt(tensor) {
    const data = tensor.dataSync();
    if (tensor.dtype === 'float32')
        return new OrtTensor('float32', data, tensor.shape);
    if (tensor.dtype === 'int32')
        return new OrtTensor('int32', data, tensor.shape);
    return new OrtTensor('bool', Uint8Array.from(data), tensor.shape);
}
/** A result as a tfjs tensor. */
async function fromOrt(value, dtype) {
    // ONNX Runtime's arrays of the three types are the ones tfjs takes.
    const data = (await value.getData());
    return tf.tensor(data, [...value.dims], dtype);
}
const signatureOf = (inputs) => inputs.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join();
/** What to give the session: the inputs and states the graph still has after the unneeded ones went. */
function feedsOf({ program, session }, inputs, states, variables) {
    const feeds = {};
    const wanted = new Set(session.inputNames);
    program.inputs.forEach((name, i) => {
        const input = inputs[i];
        if (input && wanted.has(name))
            feeds[name] = toOrt(input);
    });
    program.states.forEach((name, i) => {
        const variable = variables[i];
        if (variable && wanted.has(name))
            feeds[name] = states.current(variable);
    });
    return feeds;
}
/** Where the results go: state into its spare buffers, the rest wherever the runtime likes. */
function fetchesOf({ program }, states, variables) {
    const fetches = {};
    for (const { name } of program.results)
        fetches[name] = null;
    for (const [i, name] of program.updates) {
        const variable = variables[i];
        if (variable)
            fetches[name] = states.target(variable);
    }
    return fetches;
}
/** The graph engine's parts that its compiled functions share. */
export class GraphEngine {
    options;
    name = 'graph';
    device;
    compileSeconds = 0;
    states;
    open = new Set();
    constructor(options) {
        this.options = options;
        this.device = options.device ?? 'cpu';
        this.states = new StateStore(this.device === 'cpu');
    }
    async build(fn, inputs, options) {
        const start = performance.now();
        const name = nameOf(fn, options);
        // Callers give tensors of the function's own signature; the examples are those tensors.
        const program = trace(fn, inputs, options.variables ?? [], name);
        const locations = Object.fromEntries([...program.updates.values()].map((output) => [output, 'gpu-buffer']));
        const session = await createSession(program.graph, {
            ...this.options,
            device: this.device,
            name,
            ...(this.device === 'cpu' ? {} : { outputLocations: locations }),
        });
        this.open.add(session);
        this.compileSeconds += (performance.now() - start) / 1000;
        return { program, session };
    }
    compile(fn, options = {}) {
        const cache = new Map();
        const compiledFor = (inputs) => {
            const key = signatureOf(inputs);
            const known = cache.get(key) ?? this.build(fn, inputs, options);
            cache.set(key, known);
            known.catch(() => cache.delete(key));
            return known;
        };
        const { variables = [] } = options;
        let holds = false;
        const run = async (...inputs) => {
            const compiled = await compiledFor(inputs);
            if (!holds)
                this.states.hold(variables);
            holds = true;
            return this.run(compiled, inputs, options);
        };
        const dispose = async () => {
            for (const compiled of cache.values())
                await this.release((await compiled).session);
            cache.clear();
            if (holds)
                await this.states.release(variables);
            holds = false;
        };
        return Object.assign(run, { dispose });
    }
    async run(compiled, inputs, options) {
        const { program, session } = compiled;
        const { variables = [], commit } = options;
        const feeds = feedsOf(compiled, inputs, this.states, variables);
        const outputs = await session.run(feeds, fetchesOf(compiled, this.states, variables));
        const tensors = await Promise.all(program.results.map(({ name, dtype }) => fromOrt(required(outputs[name], `output ${name}`), dtype)));
        const result = program.assemble(tensors); // built from fn's own result
        if (commit && !commit(result))
            return result;
        for (const [i, name] of program.updates) {
            const [variable, next] = [variables[i], outputs[name]];
            if (variable && next)
                this.states.keep(variable, next);
        }
        return result;
    }
    /** Variables whose values live in the engine now. */
    get variablesHeld() {
        return this.states.size;
    }
    async pull(variables) {
        await this.states.pull(variables);
    }
    async release(session) {
        if (this.open.delete(session))
            await session.release();
    }
    async dispose() {
        for (const session of this.open)
            await this.release(session);
        this.states.clear();
    }
}
/**
 * The engine that records a function once and runs it as a graph in ONNX Runtime.
 *
 * @throws ConfigError for an unknown device. A device that does not work here shows at the first compile.
 */
export async function createGraphEngine(options) {
    lookUp('engine.device', Object.fromEntries(graphDevices.map((name) => [name, name])), options.device ?? 'cpu');
    return new GraphEngine(options);
}
