import { ConfigError, ShapeError } from '../core/errors.js';
import { tf, type Tensor1D, type Variable } from '../core/tf.js';
import type { CompiledFunction, Engine } from '../engine/engine.js';
import { headKinds } from './config.js';
import {
  CACHE_LENGTH,
  type DecodeState,
  decodeStep,
  type DecodeStateOptions,
  initDecodeState,
} from './decode.js';
import type { LanguageModel } from './languageModel.js';

type Compiled = CompiledFunction<[Tensor1D], Tensor1D>;

function assignAll(variables: Readonly<Record<string, Variable>>, values: DecodeState): void {
  for (const [name, variable] of Object.entries(variables)) {
    const value = values[name];
    if (value) variable.assign(value);
  }
}

/**
 * Reads sequences token by token with the state kept in the engine: constant time and memory a token.
 *
 * The weights are compiled in as they are at the first call; after they change, create another decoder. Calls
 * must not overlap: await one before the next.
 */
export class Decoder {
  private readonly state: Readonly<Record<string, Variable>>;
  private readonly step: Compiled;
  private readonly clear: Compiled;
  /** Tokens read a row; only a model with a softmax block has a limit. */
  private tokens = 0;
  private readonly limit: number;

  private constructor(
    engine: Engine,
    model: LanguageModel,
    private readonly rows: number,
    options: DecodeStateOptions,
  ) {
    const start = tf.tidy(() => initDecodeState(model, rows, options));
    this.state = Object.fromEntries(
      Object.entries(start).map(([name, tensor]) => [name, tf.variable(tensor, false)]),
    );
    tf.dispose({ ...start });
    const variables = Object.values(this.state);
    const step = (ids: Tensor1D): Tensor1D => {
      const { logits, state } = decodeStep(model, ids, this.state);
      assignAll(this.state, state);
      return tf.reshape(logits, [-1]);
    };
    const clear = (ids: Tensor1D): Tensor1D => {
      assignAll(this.state, initDecodeState(model, rows, options));
      return tf.add(ids, 0);
    };
    this.step = engine.compile<[Tensor1D], Tensor1D>(step, { variables, name: 'decode' });
    this.clear = engine.compile<[Tensor1D], Tensor1D>(clear, { variables, name: 'decode reset' });
    const cached = headKinds(model.config).includes('softmax');
    this.limit = cached ? (options.cacheLength ?? CACHE_LENGTH) : Infinity;
  }

  /** A decoder of `rows` sequences, before their first token. */
  static create(
    engine: Engine,
    model: LanguageModel,
    rows: number,
    options: DecodeStateOptions = {},
  ): Decoder {
    return new Decoder(engine, model, rows, options);
  }

  /**
   * Reads one token a row.
   *
   * Shapes: ids `rows` -> logits `rows * vocabulary`, row-major.
   * @throws ShapeError for another number of ids.
   * @throws ConfigError past the cache of a softmax block.
   */
  async next(ids: Int32Array): Promise<Float32Array> {
    if (ids.length !== this.rows) {
      throw new ShapeError(`Decoder.next: expected ${this.rows} ids, one a row, got ${ids.length}`);
    }
    if (this.tokens >= this.limit) {
      throw new ConfigError(
        `Decoder.next: expected at most ${this.limit} tokens in a model with softmax blocks, got more; create the decoder with a larger cacheLength, or reset it`,
      );
    }
    this.tokens += 1;
    return this.run(this.step, ids);
  }

  /** Forgets everything read. */
  async reset(): Promise<void> {
    this.tokens = 0;
    await this.run(this.clear, new Int32Array(this.rows));
  }

  /** Releases what was compiled and the state. */
  async dispose(): Promise<void> {
    tf.dispose({ ...this.state }); // first, so that the engine need not give it back
    await this.step.dispose();
    await this.clear.dispose();
  }

  private async run(compiled: Compiled, ids: Int32Array): Promise<Float32Array> {
    const input = tf.tensor1d(ids, 'int32');
    const output = await compiled(input);
    const data = await output.data<'float32'>();
    tf.dispose([input, output]);
    return data;
  }
}
