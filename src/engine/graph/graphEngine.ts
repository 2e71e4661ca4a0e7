import { required } from '../../core/required.js';
import { lookUp } from '../../core/errors.js';
import { tf, type DataType, type Tensor, type Variable } from '../../core/tf.js';
import {
  nameOf,
  type graphDevices,
  type CompiledFunction,
  type CompileOptions,
  type Engine,
  type EngineOptions,
  type TensorTree,
} from '../engine.js';
import { Tensor as OrtTensor, type InferenceSession } from './onnxRuntime.js';
import { createSession } from './session.js';
import { StateStore } from './stateStore.js';
import { trace, type Program } from './trace.js';

/**
 * Where the variables live between the steps of each device: ONNX Runtime's Node binding leaves results in buffers
 * of the device on WebGPU alone.
 */
const variablesLive: Readonly<Record<(typeof graphDevices)[number], 'host' | 'device'>> = {
  cpu: 'host',
  webgpu: 'device',
  cuda: 'host',
};

/** A traced function with the session that runs it. */
interface Compiled {
  readonly program: Program;
  readonly session: InferenceSession;
}

/** A tfjs tensor's values as ONNX Runtime takes them; shares memory where the backend does. */
function toOrt(tensor: Tensor): OrtTensor {
  const data = tensor.dataSync();
  if (tensor.dtype === 'float32') return new OrtTensor('float32', data as Float32Array, tensor.shape);
  if (tensor.dtype === 'int32') return new OrtTensor('int32', data as Int32Array, tensor.shape);
  return new OrtTensor('bool', Uint8Array.from(data), tensor.shape);
}

/** A result as a tfjs tensor. */
async function fromOrt(value: OrtTensor, dtype: DataType): Promise<Tensor> {
  // ONNX Runtime's arrays of the three types are the ones tfjs takes.
  const data = (await value.getData()) as Float32Array | Int32Array | Uint8Array;
  return tf.tensor(data, [...value.dims], dtype);
}

const signatureOf = (inputs: readonly Tensor[]): string =>
  inputs.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join();

/** What to give the session: the inputs and states the graph still has after the unneeded ones went. */
function feedsOf(
  { program, session }: Compiled,
  inputs: readonly Tensor[],
  states: StateStore,
  variables: readonly Variable[],
): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  const wanted = new Set(session.inputNames);
  program.inputs.forEach((name, i) => {
    const input = inputs[i];
    if (input && wanted.has(name)) feeds[name] = toOrt(input);
  });
  program.states.forEach((name, i) => {
    const variable = variables[i];
    if (variable && wanted.has(name)) feeds[name] = states.current(variable);
  });
  return feeds;
}

/** Where the results go: state into its spare buffers, the rest wherever the runtime likes. */
function fetchesOf(
  { program }: Compiled,
  states: StateStore,
  variables: readonly Variable[],
): Record<string, OrtTensor | null> {
  const fetches: Record<string, OrtTensor | null> = {};
  for (const { name } of program.results) fetches[name] = null;
  for (const [i, name] of program.updates) {
    const variable = variables[i];
    if (variable) fetches[name] = states.target(variable);
  }
  return fetches;
}

/** The graph engine's parts that its compiled functions share. */
export class GraphEngine implements Engine {
  readonly name = 'graph';
  readonly device: string;
  compileSeconds = 0;
  private readonly states: StateStore;
  private readonly open = new Set<InferenceSession>();

  constructor(
    private readonly options: EngineOptions,
    private readonly variablesLive: 'host' | 'device',
  ) {
    this.device = options.device ?? 'cpu';
    this.states = new StateStore(variablesLive === 'host');
  }

  private async build<Out extends TensorTree>(
    fn: (...inputs: never[]) => Out,
    inputs: readonly Tensor[],
    options: CompileOptions<Out>,
  ): Promise<Compiled> {
    const start = performance.now();
    const name = nameOf(fn, options);
    // Callers give tensors of the function's own signature; the examples are those tensors.
    const program = trace(
      fn as unknown as (...inputs: Tensor[]) => TensorTree,
      inputs,
      options.variables ?? [],
      name,
    );
    const locations = Object.fromEntries(
      [...program.updates.values()].map((output) => [output, 'gpu-buffer' as const]),
    );
    const session = await createSession(program.graph, {
      ...this.options,
      device: this.device,
      name,
      ...(this.variablesLive === 'device' ? { outputLocations: locations } : {}),
    });
    this.open.add(session);
    this.compileSeconds += (performance.now() - start) / 1000;
    return { program, session };
  }

  compile<In extends readonly Tensor[], Out extends TensorTree>(
    fn: (...inputs: In) => Out,
    options: CompileOptions<Out> = {},
  ): CompiledFunction<In, Out> {
    const cache = new Map<string, Promise<Compiled>>();
    const compiledFor = (inputs: In): Promise<Compiled> => {
      const key = signatureOf(inputs);
      const known =
        cache.get(key) ?? this.build(fn as unknown as (...inputs: never[]) => Out, inputs, options);
      cache.set(key, known);
      known.catch(() => cache.delete(key));
      return known;
    };
    const { variables = [] } = options;
    let holds = false;
    const run = async (...inputs: In): Promise<Out> => {
      const compiled = await compiledFor(inputs);
      if (!holds) this.states.hold(variables);
      holds = true;
      return this.run(compiled, inputs, options);
    };
    const dispose = async (): Promise<void> => {
      for (const compiled of cache.values()) await this.release((await compiled).session);
      cache.clear();
      if (holds) await this.states.release(variables);
      holds = false;
    };
    return Object.assign(run, { dispose });
  }

  private async run<Out extends TensorTree>(
    compiled: Compiled,
    inputs: readonly Tensor[],
    options: CompileOptions<Out>,
  ): Promise<Out> {
    const { program, session } = compiled;
    const { variables = [], commit } = options;
    const feeds = feedsOf(compiled, inputs, this.states, variables);
    const outputs = await session.run(feeds, fetchesOf(compiled, this.states, variables));
    const tensors = await Promise.all(
      program.results.map(({ name, dtype }) =>
        fromOrt(required(outputs[name], `output ${name}`), dtype as 'float32'),
      ),
    );
    const result = program.assemble(tensors) as Out; // built from fn's own result
    if (commit && !commit(result)) return result;
    for (const [i, name] of program.updates) {
      const [variable, next] = [variables[i], outputs[name]];
      if (variable && next) this.states.keep(variable, next);
    }
    return result;
  }

  /** Variables whose values live in the engine now. */
  get variablesHeld(): number {
    return this.states.size;
  }

  async pull(variables: readonly Variable[]): Promise<void> {
    await this.states.pull(variables);
  }

  private async release(session: InferenceSession): Promise<void> {
    if (this.open.delete(session)) await session.release();
  }

  async dispose(): Promise<void> {
    for (const session of this.open) await this.release(session);
    this.states.clear();
  }
}

/**
 * The engine that records a function once and runs it as a graph in ONNX Runtime.
 *
 * @throws ConfigError for an unknown device. A device that does not work here shows at the first compile.
 */
export async function createGraphEngine(options: EngineOptions): Promise<GraphEngine> {
  return new GraphEngine(options, lookUp('engine.device', variablesLive, options.device ?? 'cpu'));
}
