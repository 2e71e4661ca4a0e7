import type { Tokenizer } from '../data/text/tokenizer/contract.js';
import { ConfigError, DataError } from '../src/core/errors.js';
import { required } from '../src/core/required.js';
import { CarriedStates, tensorOf } from './carriedStates.js';
import type { ReadFile, Runtime, RuntimeSession, RuntimeTensor, SavedState } from './contract.js';
import type {
  Change,
  LayerChange,
  LayerView,
  PlayFacts,
  PlayFolder,
  PlayLayer,
  PlayRun,
  PlayStep,
  Shares,
} from './playContract.js';
import { sharesOf } from './shares.js';
import { readTokenizer } from './tokenizer.js';

/**
 * What is in a play folder: `play.json`.
 *
 * @throws DataError for a file of another form.
 */
export async function readPlayFolder(read: ReadFile): Promise<PlayFolder> {
  // The cast: what `pavlov play` writes, whose format and version are checked.
  const folder = JSON.parse(new TextDecoder().decode(await read('play.json'))) as PlayFolder;
  const { format, version }: { format: string; version: number } = folder;
  if (format === 'pavlov-play' && version === 1) return folder;
  throw new DataError(
    "play.json: expected the runs of 'pavlov play' of version 1, got something else; write the folder anew",
  );
}

/** The name of a layer's memory among the states. */
const memoryName = (layer: number): string => `recurrent.${layer}`;

type Outputs = Readonly<Record<string, RuntimeTensor>>;

const numbersOf = (outputs: Outputs, name: string): Float32Array =>
  Float32Array.from((outputs[name]?.data ?? []) as Float32Array); // outputs beside ids are numbers

/** The factors of one kind: 1 where the change says nothing. */
function factors(given: readonly number[] | undefined, count: number, where: string): Float32Array {
  if (given === undefined) return new Float32Array(count).fill(1);
  if (given.length === count && given.every(Number.isFinite)) return Float32Array.from(given);
  throw new ConfigError(`${where}: expected ${count} finite numbers, got [${given.join(', ')}]`);
}

/** The factors of a layer by the names of the graph's inputs, with their shapes. */
function factorsOf(
  { layer, heads, memories, signals, hasDecay }: PlayLayer,
  change: LayerChange = {},
): readonly (readonly [name: string, values: Float32Array, shape: readonly number[]])[] {
  const where = `change.${layer}`;
  const strange = Object.keys(change.signals ?? {}).find((name) => !signals.includes(name));
  if (strange !== undefined) {
    const known = signals.join(' | ') || 'none';
    throw new ConfigError(`${where}.signals: expected ${known}, got '${strange}'`);
  }
  if (change.decay && !hasDecay) {
    throw new ConfigError(`${where}.decay: expected nothing, since the memories do not forget; leave it out`);
  }
  const bySignal = signals.map((name) =>
    factors(change.signals?.[name], memories, `${where}.signals.${name}`),
  );
  const scales = Float32Array.from({ length: memories * signals.length }, (_, i) => {
    return bySignal[i % signals.length]?.[Math.floor(i / signals.length)] ?? 1;
  });
  const decay = factors(change.decay, memories, `${where}.decay`);
  return [
    [`read_scale.${layer}`, factors(change.read, heads, `${where}.read`), [1, heads]],
    [`write_scale.${layer}`, factors(change.write, memories, `${where}.write`), [1, memories]],
    ...(signals.length > 0
      ? ([[`signal_scale.${layer}`, scales, [1, memories, signals.length]]] as const)
      : []),
    ...(hasDecay ? ([[`decay_scale.${layer}`, decay, [1, memories]]] as const) : []),
  ];
}

function viewOf({ layer, signals, hasDecay }: PlayLayer, outputs: Outputs): LayerView {
  const own = (name: string): Float32Array => numbersOf(outputs, `${name}.${layer}`);
  return {
    layer,
    q: own('q'),
    k: own('k'),
    v: own('v'),
    signals: Object.fromEntries(signals.map((name) => [name, own(`signal.${name}`)])),
    ...(hasDecay && { decay: own('log_decay').map(Math.exp) }),
    read: own('read'),
    S: numbersOf(outputs, `present_${memoryName(layer)}`),
  };
}

export interface PlayLoadOptions {
  /** Name of the run in the folder. Default: the first. */
  readonly run?: string;
  /** Options of the runtime's sessions, such as `{ executionProviders: ['wasm'] }`. */
  readonly session?: object;
}

/**
 * A language model whose memories can be watched and changed while it reads, run by ONNX Runtime. Calls must not overlap:
 * await one before the next.
 */
export class PlayModel {
  private readonly states: CarriedStates;
  /** Whether the state is another than the last token left. */
  private moved = true;
  /** By file, begun when they are asked for. */
  private readonly memorySessions: Record<string, Promise<RuntimeSession>> = {};

  private constructor(
    private readonly runtime: Runtime,
    private readonly run: PlayRun,
    private readonly session: RuntimeSession,
    private readonly start: (file: string) => Promise<RuntimeSession>,
    readonly tokenizer: Tokenizer,
  ) {
    this.states = new CarriedStates(runtime, run.states);
  }

  /**
   * Starts a run of a play folder.
   *
   * @param read gives `play.json`, and of the run's folder in `runs` `play.onnx` and the graphs of memories alone
   * @throws DataError for files of another form, ConfigError for a run that is not there.
   */
  static async load(
    runtime: Runtime,
    read: ReadFile,
    { run: name, session = {} }: PlayLoadOptions = {},
  ): Promise<PlayModel> {
    const { runs } = await readPlayFolder(read);
    const run = name === undefined ? runs[0] : runs.find((one) => one.name === name);
    if (!run) {
      const known = runs.map((one) => one.name).join(' | ');
      throw new ConfigError(`play: expected one of the runs ${known}, got '${name}'`);
    }
    // The cast: options are the runtime's own.
    const start = async (file: string): Promise<RuntimeSession> =>
      runtime.InferenceSession.create(await read(`runs/${run.name}/${file}`), session as never);
    return new PlayModel(runtime, run, await start('play.onnx'), start, readTokenizer(run.tokenizer));
  }

  get facts(): PlayFacts {
    return this.run;
  }

  /** Tokens read since the start or `reset`. */
  get tokensRead(): number {
    return this.states.count;
  }

  /** Forgets everything read. */
  reset(): void {
    this.states.reset();
    this.moved = true;
  }

  /** Goes on from the state of a step. */
  restore(state: SavedState): void {
    this.states.restore(state);
    this.moved = true;
  }

  /**
   * One memory from another state, of this model; all else stays. Heads that share a memory share the patch.
   *
   * @throws ConfigError for a layer without memories, or a memory that is not there.
   */
  patch(layer: number, memory: number, from: SavedState): void {
    const facts = this.layerOf(layer);
    if (!Number.isInteger(memory) || memory < 0 || memory >= facts.memories) {
      throw new ConfigError(`patch: expected a memory from 0 to ${facts.memories - 1}, got ${memory}`);
    }
    const own = this.states.save();
    const place = this.run.states.findIndex(({ name }) => name === memoryName(layer));
    const values = own.values.map((value) => Float32Array.from(value));
    const size = facts.valueSize * facts.keySize;
    const other = from.values[place]?.subarray(memory * size, (memory + 1) * size);
    if (other?.length !== size) throw new ConfigError('patch: expected a state of this model, got another');
    values[place]?.set(other, memory * size);
    this.restore({ count: own.count, values });
  }

  /**
   * Reads a token; tells what the memories did.
   *
   * @throws ConfigError for a change that does not fit, or more tokens than a layer that keeps tokens holds.
   */
  async step(id: number, change: Change = {}): Promise<PlayStep> {
    const { cacheLength, layers } = this.run;
    const { count } = this.states;
    if (!Number.isInteger(id) || id < 0 || id >= this.tokenizer.vocabularySize) {
      throw new ConfigError(`step: expected a token below ${this.tokenizer.vocabularySize}, got ${id}`);
    }
    if (cacheLength !== null && count >= cacheLength) {
      throw new ConfigError(`step: expected at most ${cacheLength} tokens, got more; reset the model`);
    }
    Object.keys(change).forEach((layer) => this.layerOf(Number(layer)));
    const scales = layers
      .flatMap((facts) => factorsOf(facts, change[facts.layer]))
      .map(([name, values, shape]) => [name, tensorOf(this.runtime, values, shape)] as const);
    const start = this.moved ? { start: this.states.save() } : {};
    const input_ids = tensorOf(this.runtime, BigInt64Array.of(BigInt(id)), [1, 1]);
    const feeds = { input_ids, ...this.states.feeds, ...Object.fromEntries(scales) };
    // The cast: all outputs of these graphs are tensors.
    const outputs = (await this.session.run(feeds)) as Outputs;
    this.states.take(outputs, 1);
    this.moved = false;
    return {
      id,
      piece: this.tokenizer.decode([id]),
      logits: numbersOf(outputs, 'logits'),
      layers: layers.map((facts) => viewOf(facts, outputs)),
      state: this.states.save(),
      ...start,
      ...(Object.keys(change).length > 0 && { change }),
    };
  }

  /**
   * What each read-out of a layer's heads owes to the value of each token, for steps from a start on.
   *
   * @throws ConfigError for a layer without memories, or steps that have no start.
   */
  async shares(steps: readonly PlayStep[], layer: number): Promise<Shares> {
    const facts = this.layerOf(layer);
    const graph = required(this.run.memories[this.run.layers.indexOf(facts)], 'a graph of the memories');
    const session = await (this.memorySessions[graph.file] ??= this.start(graph.file));
    return sharesOf({ runtime: this.runtime, session, run: this.run, layer: facts, graph }, steps);
  }

  /** Ends the sessions. */
  async dispose(): Promise<void> {
    const memories = await Promise.all(Object.values(this.memorySessions));
    await Promise.all([this.session, ...memories].map((session) => session.release()));
  }

  private layerOf(layer: number): PlayLayer {
    const found = this.run.layers.find((one) => one.layer === layer);
    if (found) return found;
    const known = this.run.layers.map((one) => one.layer).join(' | ') || 'none';
    throw new ConfigError(`play: expected a layer with memories (${known}), got ${layer}`);
  }
}

/** A memory that is another one's before a token is read. */
export interface Patch {
  /** Place of the token in the ids. */
  readonly before: number;
  readonly layer: number;
  readonly memory: number;
  readonly from: SavedState;
}

export interface ReplayOptions {
  /** What is changed while the token at a place is read. */
  readonly changeAt?: (place: number) => Change | undefined;
  readonly patches?: readonly Patch[];
}

/** All tokens from the start, under changes. */
export async function replay(
  model: PlayModel,
  ids: readonly number[],
  { changeAt, patches = [] }: ReplayOptions = {},
): Promise<PlayStep[]> {
  model.reset();
  const steps: PlayStep[] = [];
  for (const [place, id] of ids.entries()) {
    for (const { before, layer, memory, from } of patches) {
      if (before === place) model.patch(layer, memory, from);
    }
    steps.push(await model.step(id, changeAt?.(place)));
  }
  return steps;
}
