import type { Tokenizer, TokenizerJson } from '../data/text/tokenizer/contract.js';
import { ConfigError, DataError } from '../src/core/errors.js';
import { Rng } from '../src/core/rng.js';
import { drawText } from '../src/model/draw.js';
import type { SampleOptions } from '../src/model/sample.js';
import { CarriedStates, tensorOf } from './carriedStates.js';
import type {
  ReadFile,
  Runtime,
  RuntimeSession,
  RuntimeTensor,
  SavedState,
  StateFacts,
  StateValue,
} from './contract.js';
import { readTokenizer } from './tokenizer.js';

/** Errors alone: on WebGPU the runtime warns of shapes that it computes on the processor. */
const QUIET = { logSeverityLevel: 3 };

interface Facts {
  readonly states: readonly StateFacts[];
  readonly cacheLength: number | null;
  readonly tokenizer: TokenizerJson;
}

export interface WebGenerateOptions extends SampleOptions {
  /** Text to go on from; empty for the start of a story. */
  readonly prompt?: string;
  /** Most tokens to draw. Default 200. */
  readonly tokens?: number;
  /** Default 1. The same seed gives the same text. */
  readonly seed?: number;
  /** Ends the text between two tokens. */
  readonly signal?: AbortSignal;
}

function readFacts(bytes: Uint8Array): Facts {
  // The cast: what `pavlov export` writes, whose format and version are checked.
  const facts = JSON.parse(new TextDecoder().decode(bytes)) as Facts & {
    format?: unknown;
    version?: unknown;
  };
  if (facts.format === 'pavlov-export' && facts.version === 1 && Array.isArray(facts.states)) return facts;
  throw new DataError(
    "pavlov.json: expected the facts of 'pavlov export --to onnx' of version 1, got something else; export anew",
  );
}

/** An exported language model, run by ONNX Runtime. Calls must not overlap: await one before the next. */
export class ExportedModel {
  private readonly states: CarriedStates;

  private constructor(
    private readonly runtime: Runtime,
    private readonly facts: Facts,
    private readonly sessions: Readonly<Record<'decode' | 'prefill', RuntimeSession>>,
    readonly tokenizer: Tokenizer,
  ) {
    this.states = new CarriedStates(runtime, facts.states);
  }

  /**
   * Starts a model.
   *
   * @param read gives `pavlov.json`, `decode.onnx` and `prefill.onnx`
   * @param options of the runtime's sessions, such as `{ executionProviders: ['webgpu', 'wasm'] }`
   * @throws DataError for files of another form.
   */
  static async load(runtime: Runtime, read: ReadFile, options: object = {}): Promise<ExportedModel> {
    const facts = readFacts(await read('pavlov.json'));
    // The cast: options are the runtime's own.
    const start = async (name: string): Promise<RuntimeSession> =>
      runtime.InferenceSession.create(await read(name), { ...QUIET, ...options } as never);
    const sessions = { prefill: await start('prefill.onnx'), decode: await start('decode.onnx') };
    return new ExportedModel(runtime, facts, sessions, readTokenizer(facts.tokenizer));
  }

  /** Tokens read since the start or `reset`. */
  get tokensRead(): number {
    return this.states.count;
  }

  /** Forgets everything read. */
  reset(): void {
    this.states.reset();
  }

  /** All that the model carries from token to token: of constant size. */
  async save(): Promise<SavedState> {
    return this.states.save();
  }

  /** Goes on from what `save` gave. */
  restore(saved: SavedState): void {
    this.states.restore(saved);
  }

  /** The states as they are now, copied. */
  memories(): readonly StateValue[] {
    return this.states.values();
  }

  /**
   * Reads the next tokens; gives the logits of the one after them.
   *
   * @throws ConfigError for no token, or more than a layer that keeps tokens holds.
   */
  async read(ids: ArrayLike<number>): Promise<Float32Array> {
    const { cacheLength } = this.facts;
    const { count, feeds } = this.states;
    if (ids.length === 0 || count + ids.length > (cacheLength ?? Infinity)) {
      throw new ConfigError(
        `read: expected at least 1 token${cacheLength === null ? '' : `, and ${cacheLength} in all`}, got ${ids.length} after ${count}; reset the model`,
      );
    }
    const session = ids.length === 1 ? this.sessions.decode : this.sessions.prefill;
    const input_ids = tensorOf(this.runtime, BigInt64Array.from(ids, BigInt), [1, ids.length]);
    // The cast: all outputs of these graphs are tensors.
    const outputs = (await session.run({ input_ids, ...feeds })) as Readonly<Record<string, RuntimeTensor>>;
    this.states.take(outputs, ids.length);
    return outputs.logits?.data as Float32Array;
  }

  /** Text that follows a prompt, piece by piece, up to the end of the story. The model forgets what it read before. */
  async *generate(options: WebGenerateOptions = {}): AsyncGenerator<string, void> {
    const { prompt = '', tokens = 200, seed = 1, signal, ...sampling } = options;
    const context = [this.tokenizer.endOfText, ...this.tokenizer.encode(prompt)];
    const rng = Rng.fromSeed(seed).derive('generate');
    const reader = { next: (ids: Int32Array) => this.read(ids) };
    this.reset();
    yield* drawText(reader, this.tokenizer, { context, tokens, sampling, rng, ...(signal && { signal }) });
  }

  /** Ends the sessions. */
  async dispose(): Promise<void> {
    await this.sessions.decode.release();
    await this.sessions.prefill.release();
  }
}
