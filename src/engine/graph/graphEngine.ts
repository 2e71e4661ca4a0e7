import { required } from '../../core/required.js';
import { lookUp } from '../../core/errors.js';
import { tf, type DataType, type Tensor, type Variable } from '../../core/tf.js';
import {
  nameOf,
  type CompiledFunction,
  type CompileOptions,
  type Engine,
  type EngineOptions,
  type TensorTree,
} from '../engine.js';
import { Tensor as OrtTensor, type InferenceSession } from './onnxRuntime.js';
import { createSession } from './session.js';
import { DeviceCopies } from './deviceCopies.js';
import { devices, type Device } from './devices.js';
import { StateStore } from './stateStore.js';
import { trace, type Program } from './trace.js';

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
  private readonly copies: DeviceCopies | undefined;
  private readonly states: StateStore;
  private readonly open = new Set<InferenceSession>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: EngineOptions,
    private readonly home: Device,
  ) {
    this.device = options.device ?? 'cpu';
    this.copies = home.variables === 'device' ? new DeviceCopies(this.device) : undefined;
    this.states = new StateStore(this.copies);
  }

  /** Runs what reads or writes variables one after another, in the order of the calls. */
  private inTurn<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.last.then(body, body);
    this.last = turn;
    return turn;
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
      { name, device: this.home },
    );
    const stay = this.copies ? [...program.updates.values()] : [];
    const session = await createSession(program.graph, {
      ...this.options,
      device: this.device,
      name,
      outputLocations: Object.fromEntries(stay.map((output) => [output, 'gpu-buffer'])),
    });
    this.open.add(session);
    this.compileSeconds += (performance.now() - start) / 1000;
    return { program, session };
  }

  compile<In extends readonly Tensor[], Out extends TensorTree>(
    fn: (...inputs: In) => Out,
    options: CompileOptions<Out> = {},
  ): CompiledFunction<In, Out> {
    const cache = new Map<string, Compiled>();
    const compiledFor = async (inputs: In): Promise<Compiled> => {
      const key = signatureOf(inputs);
      const known =
        cache.get(key) ?? (await this.build(fn as unknown as (...inputs: never[]) => Out, inputs, options));
      cache.set(key, known);
      return known;
    };
    const { variables = [] } = options;
    let holds = false;
    const run = (...inputs: In): Promise<Out> =>
      this.inTurn(async () => {
        const compiled = await compiledFor(inputs);
        if (!holds) this.states.hold(variables);
        holds = true;
        return this.run(compiled, inputs, options);
      });
    const dispose = (): Promise<void> =>
      this.inTurn(async () => {
        if (holds) await this.states.release(variables);
        holds = false;
        for (const { session } of cache.values()) await this.release(session);
        cache.clear();
      });
    return Object.assign(run, { dispose });
  }

  private async run<Out extends TensorTree>(
    compiled: Compiled,
    inputs: readonly Tensor[],
    options: CompileOptions<Out>,
  ): Promise<Out> {
    const { program, session } = compiled;
    const { variables = [], commit } = options;
    await this.states.load(variables);
    const feeds = feedsOf(compiled, inputs, this.states, variables);
    const outputs = await session.run(feeds, fetchesOf(compiled, this.states, variables));
    let done: 'keep' | 'discard' = 'discard';
    try {
      const tensors = await Promise.all(
        program.results.map(({ name, dtype }) =>
          fromOrt(required(outputs[name], `output ${name}`), dtype as 'float32'),
        ),
      );
      const result = program.assemble(tensors) as Out; // built from fn's own result
      if (!commit || commit(result)) done = 'keep';
      return result;
    } finally {
      for (const [i, name] of program.updates) {
        const [variable, next] = [variables[i], outputs[name]];
        if (variable && next) this.states[done](variable, next);
      }
    }
  }

  /** Variables whose values live in the engine now. */
  get variablesHeld(): number {
    return this.states.size;
  }

  pull(variables: readonly Variable[]): Promise<void> {
    return this.inTurn(() => this.states.pull(variables));
  }

  private async release(session: InferenceSession): Promise<void> {
    if (this.open.delete(session)) await session.release();
  }

  dispose(): Promise<void> {
    return this.inTurn(async () => {
      this.states.clear();
      await this.copies?.dispose();
      for (const session of this.open) await this.release(session);
    });
  }
}

/**
 * The engine that records a function once and runs it as a graph in ONNX Runtime.
 *
 * @throws ConfigError for an unknown device. A device that does not work here shows at the first compile.
 */
export async function createGraphEngine(options: EngineOptions): Promise<GraphEngine> {
  return new GraphEngine(options, lookUp('engine.device', devices, options.device ?? 'cpu'));
}
