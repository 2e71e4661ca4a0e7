import { required } from '../../core/required.js';
import { lookUp } from '../../core/errors.js';
import { tf, type DataType, type Tensor, type Variable } from '../../core/tf.js';
import { checkCompileOptions, nameOf } from '../compileOptions.js';
import type { CompiledFunction, CompileOptions, Engine, EngineOptions, TensorTree } from '../engine.js';
import { isFiniteTree } from '../finite.js';
import { threadsToUse } from '../idleCores.js';
import { Tensor as OrtTensor, type InferenceSession } from './onnxRuntime.js';
import { createSession, runSession, type OpenSession, type Outputs } from './session.js';
import { DeviceCopies } from './deviceCopies.js';
import { devices, type Device } from './devices.js';
import { asSequence, type Sequence } from './sequence.js';
import { hostTensor, StateStore } from './stateStore.js';
import { trace, type Program } from './trace.js';

/** A traced function with the session that runs it. */
interface Compiled {
  readonly program: Program;
  readonly open: OpenSession;
  readonly session: InferenceSession;
  /** Where one run makes any number of calls. */
  readonly sequence?: Sequence | undefined;
  /** Where results go again and again, by name. */
  readonly reused: Readonly<Record<string, OrtTensor>>;
}

/** Results of calls one after another, and whether the assignments of the last were kept. */
interface Called<Out> {
  readonly results: readonly Out[];
  readonly kept: boolean;
}

/** A tfjs tensor's values as ONNX Runtime takes them; shares memory where the backend does. */
function toOrt(tensor: Tensor): OrtTensor {
  const data = tensor.dataSync();
  if (tensor.dtype === 'float32') return new OrtTensor('float32', data as Float32Array, tensor.shape);
  if (tensor.dtype === 'int32') return new OrtTensor('int32', data as Int32Array, tensor.shape);
  return new OrtTensor('bool', Uint8Array.from(data), tensor.shape);
}

/** The inputs of several calls as one: a leading axis of calls. */
function stack(calls: readonly (readonly Tensor[])[]): Tensor[] {
  return (calls[0] ?? []).map((_, i) => tf.stack(calls.map((inputs) => required(inputs[i], 'an input'))));
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
  { program, sequence, reused }: Compiled,
  states: StateStore,
  variables: readonly Variable[],
): Record<string, OrtTensor | null> {
  const fetches: Record<string, OrtTensor | null> = {};
  for (const { name } of program.results) fetches[name] = reused[name] ?? null;
  if (sequence?.kept !== undefined) fetches[sequence.kept] = null;
  for (const { row, slot } of program.rowUpdates.values()) fetches[row.name] = fetches[slot.name] = null;
  for (const [i, name] of program.updates) {
    const variable = variables[i];
    if (variable) fetches[name] = states.target(variable);
  }
  return fetches;
}

/** Calls that may be made together: as many as said, with inputs of the same shapes. */
function partsOf<In extends readonly Tensor[]>(calls: readonly In[], most: number): [In, ...In[]][] {
  const parts: [In, ...In[]][] = [];
  for (const call of calls) {
    const last = parts.at(-1);
    if (last && last.length < most && signatureOf(last[0]) === signatureOf(call)) last.push(call);
    else parts.push([call]);
  }
  return parts;
}

const counterOf = (calls: number): OrtTensor => new OrtTensor('int32', new Int32Array(calls), [calls]);

function resultsOf({ results }: Program, outputs: Outputs): Promise<Tensor[]> {
  return Promise.all(
    results.map(({ name, dtype }) => fromOrt(required(outputs[name], `output ${name}`), dtype as 'float32')),
  );
}

/** The result of a run that is one call. */
async function onlyOne(
  { program }: Compiled,
  outputs: Outputs,
  { commit = 'always' }: CompileOptions,
): Promise<Called<TensorTree>> {
  const result = program.assemble(await resultsOf(program, outputs));
  return { results: [result], kept: commit === 'always' || isFiniteTree(result) };
}

/** The results of the calls that one run made, up to the first that was not kept. */
async function eachOf({ program, sequence }: Compiled, outputs: Outputs): Promise<Called<TensorTree>> {
  const flags = sequence?.kept === undefined ? undefined : outputs[sequence.kept];
  const refused = flags ? Array.from(flags.data as Uint8Array).indexOf(0) : -1;
  const stacks = await resultsOf(program, outputs);
  const calls = stacks[0]?.shape[0] ?? 0;
  const made = refused < 0 ? calls : refused + 1;
  const columns = stacks.map((all) => tf.unstack(all));
  const results = Array.from({ length: made }, (_, n) =>
    program.assemble(columns.map((column) => required(column[n], 'a result'))),
  );
  tf.dispose([stacks, columns.map((column) => column.slice(made))]);
  return { results, kept: refused < 0 };
}

/** The graph engine's parts that its compiled functions share. */
export class GraphEngine implements Engine {
  readonly name = 'graph';
  readonly device: string;
  readonly threads?: number;
  readonly callsTogether: number;
  compileSeconds = 0;
  private readonly copies: DeviceCopies | undefined;
  private readonly states: StateStore;
  private readonly open = new Set<OpenSession>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: EngineOptions,
    private readonly home: Device,
  ) {
    this.device = options.device ?? 'cpu';
    if (this.device === 'cpu') this.threads = options.threads ?? threadsToUse();
    this.callsTogether = home.callsTogether;
    this.copies = home.variables === 'device' ? new DeviceCopies(this.device) : undefined;
    this.states = new StateStore(this.copies);
  }

  /** Runs what reads or writes variables one after another, in the order of the calls. */
  private inTurn<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.last.then(body, body);
    this.last = turn;
    return turn;
  }

  private async build(
    fn: (...inputs: never[]) => TensorTree,
    inputs: readonly Tensor[],
    options: CompileOptions,
  ): Promise<Compiled> {
    const start = performance.now();
    const name = nameOf(fn, options);
    // Callers give tensors of the function's own signature; the examples are those tensors.
    const together = this.home.callsTogether > 1;
    // A device makes results in its own memory, and those of a sequence are as many as the calls.
    const onHost = this.home.variables === 'host' && !together;
    const traced = trace(
      fn as unknown as (...inputs: Tensor[]) => TensorTree,
      inputs,
      options.variables ?? [],
      {
        name,
        device: this.home,
        guarded: together && options.commit === 'finite',
        rowsApart: onHost,
      },
    );
    const sequence = together ? asSequence(traced) : undefined;
    const program = sequence?.program ?? traced;
    const stay = this.copies ? [...program.updates.values()] : [];
    const open = await createSession(program.graph, {
      ...this.options,
      mostThreads: this.threads,
      device: this.device,
      name,
      outputLocations: Object.fromEntries(stay.map((output) => [output, 'gpu-buffer'])),
    });
    this.open.add(open);
    this.compileSeconds += (performance.now() - start) / 1000;
    const again = onHost && options.results === 'reused' ? program.results : [];
    const reused = Object.fromEntries(again.map((result) => [result.name, hostTensor(result)]));
    return { program, open, session: open.session, sequence, reused };
  }

  compile<In extends readonly Tensor[], Out extends TensorTree>(
    fn: (...inputs: In) => Out,
    options: CompileOptions = {},
  ): CompiledFunction<In, Out> {
    checkCompileOptions('compile', options);
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
    const inSequence = (calls: readonly In[]): Promise<Out[]> =>
      this.inTurn(async () => {
        const results: Out[] = [];
        for (const part of partsOf(calls, this.callsTogether)) {
          const compiled = await compiledFor(part[0]);
          if (!holds) this.states.hold(variables);
          holds = true;
          // The cast: results are built from fn's own result.
          const called = (await this.run(compiled, part, options)) as Called<Out>;
          results.push(...called.results);
          if (!called.kept) break;
        }
        return results;
      });
    const run = async (...inputs: In): Promise<Out> => required((await inSequence([inputs]))[0], 'a result');
    const dispose = (): Promise<void> =>
      this.inTurn(async () => {
        if (holds) await this.states.release(variables);
        holds = false;
        for (const { open } of cache.values()) await this.release(open);
        cache.clear();
      });
    return Object.assign(run, { inSequence, dispose });
  }

  private async run(
    compiled: Compiled,
    calls: readonly (readonly Tensor[])[],
    options: CompileOptions,
  ): Promise<Called<TensorTree>> {
    const { program, session, sequence } = compiled;
    const { variables = [] } = options;
    await this.states.load(variables);
    const inputs = sequence ? stack(calls) : (calls[0] ?? []);
    const feeds = feedsOf(compiled, inputs, this.states, variables);
    if (sequence) {
      tf.dispose([...inputs]);
      if (sequence.counter !== undefined) feeds[sequence.counter] = counterOf(calls.length);
    }
    const fetches = fetchesOf(compiled, this.states, variables);
    const outputs = await runSession(session, feeds, fetches);
    let done: 'keep' | 'discard' = 'discard';
    try {
      const called = await (sequence ? eachOf(compiled, outputs) : onlyOne(compiled, outputs, options));
      // A sequence gives the values after its last call that was kept.
      if (called.kept || sequence) done = 'keep';
      return called;
    } finally {
      for (const [i, name] of program.updates) {
        const [variable, next] = [variables[i], outputs[name]];
        if (!variable || !next) continue;
        this.states[done](variable, next);
      }
      if (done === 'keep') this.writeRows(program, variables, outputs);
    }
  }

  private writeRows({ rowUpdates }: Program, variables: readonly Variable[], outputs: Outputs): void {
    for (const [i, { row, slot, table }] of rowUpdates) {
      const [variable, rows, slots] = [variables[i], outputs[row.name], outputs[slot.name]];
      if (variable && rows && slots) this.states.writeRows(variable, table.shape, rows, slots);
    }
  }

  /** Variables whose values live in the engine now. */
  get variablesHeld(): number {
    return this.states.size;
  }

  pull(variables: readonly Variable[]): Promise<void> {
    return this.inTurn(() => this.states.pull(variables));
  }

  private async release(open: OpenSession): Promise<void> {
    if (this.open.delete(open)) await open.release();
  }

  dispose(): Promise<void> {
    return this.inTurn(async () => {
      this.states.clear();
      await this.copies?.dispose();
      for (const open of this.open) await this.release(open);
      await this.options.spare?.endEngine();
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
