import { assignWeights, type NamedValues } from '../core/assignWeights.js';
import { CheckpointError, ShapeError } from '../core/errors.js';
import { sum } from '../core/numbers.js';
import { Rng } from '../core/rng.js';
import { assertShape, type Sizes, sizeOf } from '../core/shapes.js';
import { tf, type Scalar, type Tensor, type Tensor2D, type Tensor3D, type Variable } from '../core/tf.js';
import { weightOf, type WeightSpec } from '../core/weights.js';
import { Block } from '../layers/block.js';
import type { PavlovLayer } from '../layers/pavlovLayer.js';
import { Projection } from '../layers/projection.js';
import { RmsNorm } from '../layers/rmsNorm.js';
import { embedTokens, tiedLogits, TokenEmbedding } from '../layers/tokenEmbedding.js';
import { gatherRows } from '../ops/gatherRows.js';
import { linear } from '../ops/linear.js';
import { linearCrossEntropySum, linearNats } from '../ops/linearCrossEntropy.js';
import {
  blockSettings,
  checkModelConfig,
  endsOf,
  mixerNames,
  type ModelConfig,
  type ModelEnds,
  type ModelOptions,
} from './config.js';

/** A trained weight of a model. Names are stable: they are the names in a checkpoint. */
export interface WeightInfo {
  /** Such as `layers.0.head.qkv`. */
  readonly name: string;
  readonly variable: Variable;
  readonly shape: readonly number[];
  /** Subject to weight decay: matrices; not embeddings, norms, gates, biases, convolutions. */
  readonly decayed: boolean;
  /** A two-dimensional hidden matrix, `[in, out]`. */
  readonly matrix: boolean;
}

/**
 * Standard deviation of a logit at initialisation: the normed hidden vector has length sqrt(D), so a table of
 * deviation LOGIT_DEVIATION / sqrt(D) starts every width within 0.02 nats of ln(vocabulary size).
 */
const LOGIT_DEVIATION = 0.2;

/** The layers of a model, in the order of its weights. */
interface Parts {
  readonly input: TokenEmbedding | Projection;
  readonly layers: readonly Block[];
  /** Absent where no mixer stands in a block. */
  readonly finalNorm: RmsNorm | undefined;
  /** Absent where the token table is read from both sides. */
  readonly readOut: TokenEmbedding | Projection | undefined;
}

function tokenTable(name: string, vocabularySize: number, width: number, seed: number): TokenEmbedding {
  const scale = Math.sqrt(width);
  return new TokenEmbedding({
    vocabularySize,
    width,
    scale,
    deviation: LOGIT_DEVIATION / scale,
    seed,
    name,
  });
}

function createLayers(config: ModelConfig, rng: Rng): Block[] {
  const { layers } = config;
  return mixerNames(config).map(
    (mixer, layer) =>
      new Block({
        ...blockSettings(config),
        mixer,
        layer,
        layers,
        // Two additions per layer to the residual stream, which so keeps its size at any depth.
        outputScale: 1 / Math.sqrt(2 * layers),
        seed: rng.derive('blocks', layer).uint32(),
        name: `block_${layer}`,
      }),
  );
}

function createParts(config: ModelConfig, { inputs, outputs }: ModelEnds, seed: number): Parts {
  const { width, normEpsilon } = config;
  const rng = Rng.fromSeed(seed).derive('model');
  const seedOf = (part: string): number => rng.derive(part).uint32();
  const isTied =
    inputs.kind === 'tokens' && outputs.kind === 'classes' && inputs.vocabularySize === outputs.classes;
  const input =
    inputs.kind === 'tokens'
      ? tokenTable('embedding', inputs.vocabularySize, width, seedOf('embedding'))
      : new Projection({ outputs: width, seed: seedOf('input') });
  const layers = createLayers(config, rng);
  const readOut =
    outputs.kind === 'classes'
      ? tokenTable('readOut', outputs.classes, width, seedOf('readOut'))
      : new Projection({ outputs: 1, deviation: LOGIT_DEVIATION, seed: seedOf('readOut') });
  return {
    input,
    layers,
    finalNorm: layers.some(({ mixer }) => mixer.inBlock)
      ? new RmsNorm({ normEpsilon, name: 'finalNorm' })
      : undefined,
    readOut: isTied ? undefined : readOut,
  };
}

/** Builds the layers, and gives their weights under the names of a checkpoint. */
function buildParts(parts: Parts, width: number, inputWidth: number, draws: boolean): WeightInfo[] {
  const { input, layers, finalNorm, readOut } = parts;
  const build = (prefix: string, layer: PavlovLayer | undefined, size = width): WeightInfo[] => {
    if (!layer) return [];
    layer.drawsWeights = draws;
    layer.build([null, null, size]);
    const { variables } = layer;
    return layer.specs.flatMap(({ name, shape, decayed, matrix }, i) => {
      const variable = variables[i];
      return variable ? [{ name: `${prefix}.${name}`, variable, shape, decayed, matrix }] : [];
    });
  };
  return [
    ...build(input instanceof Projection ? 'input' : 'embedding', input, inputWidth),
    ...layers.flatMap((layer, i) => build(`layers.${i}`, layer)),
    ...build('finalNorm', finalNorm),
    ...build('readOut', readOut),
  ];
}

/** Weights that cost next to nothing. */
const LITTLE = 1e6;

/**
 * A model of mixers: reads tokens or vectors, answers classes or numbers. No positions.
 *
 *   x = sqrt(D) table_id  or  x W_in;   x = layer_l(x);   h = norm(x);   logits = h tableᵀ  or  h W_out
 *
 * Where inputs and outputs are of the same vocabulary, one table serves both ends: a language model.
 *
 * Shapes: inputs [B,T] int32 or [B,T,width] · documents [B,T] int32 (a document id per token; without them a row is
 * one) · targets, weights [B,T] or, at positions, [N] · positions [N] int32, each `row * T + t` · hidden [B,T,D].
 * Units: nats, or squared error of numbers.
 * State: methods are pure functions of the variables and dispose nothing of what they make.
 */
export class Model {
  /** Trainable, in a fixed order: that of `weights`. */
  readonly variables: readonly Variable[];
  readonly parameterCount: number;
  private connected?: tf.LayersModel;

  private constructor(
    readonly config: ModelConfig,
    readonly ends: ModelEnds,
    private readonly parts: Parts,
    readonly weights: readonly WeightInfo[],
  ) {
    this.variables = this.weights.map(({ variable }) => variable);
    this.parameterCount = this.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /**
   * A model with fresh weights; the same seed gives the same.
   *
   * @throws ConfigError with every issue of the config.
   */
  static create(options: ModelOptions, seed: number): Model {
    return Model.build(options, seed, true);
  }

  private static build(options: ModelOptions, seed: number, draws: boolean): Model {
    const config = checkModelConfig(options);
    const ends = endsOf(config);
    const parts = createParts(config, ends, seed);
    const inputWidth = ends.inputs.kind === 'real' ? ends.inputs.width : config.width;
    return new Model(config, ends, parts, buildParts(parts, config.width, inputWidth, draws));
  }

  /**
   * A model with stored weights.
   *
   * @throws ConfigError with every issue of the config; CheckpointError for weights of other options.
   */
  static load(options: ModelOptions, values: NamedValues, where = 'weights'): Model {
    Model.checkStored(options, sum(Array.from(values.values(), ({ shape }) => sizeOf(shape))), where);
    const model = Model.build(options, 0, false); // drawing weights takes longer than reading them
    model.loadWeights(values, where);
    return model;
  }

  /**
   * Refuses options that need many more numbers than are stored beside them, before any is made: those of a file from
   * elsewhere must not cost more memory than what came with them.
   *
   * @throws ConfigError with every issue of the config; CheckpointError for too few numbers.
   */
  static checkStored(options: ModelOptions, stored: number, where: string): void {
    const wanted = sum(Model.specsOf(options).map(({ shape }) => sizeOf(shape)));
    // Where they differ by little, which weights differ is worth a list.
    if (wanted <= 2 * stored + LITTLE) return;
    throw new CheckpointError(
      `${where}: expected the ${wanted} weights of the config, got ${stored}; load them with the config they were saved with`,
    );
  }

  /**
   * The weights that a model of these options would have, with their shapes and without values: nothing is allocated.
   *
   * @throws ConfigError with every issue of the config.
   */
  static specsOf(options: ModelOptions): readonly WeightSpec[] {
    const config = checkModelConfig(options);
    const ends = endsOf(config);
    const { input, layers, finalNorm, readOut } = createParts(config, ends, 0);
    const inputWidth = ends.inputs.kind === 'real' ? ends.inputs.width : config.width;
    const rest = [...layers, ...(finalNorm ? [finalNorm] : []), ...(readOut ? [readOut] : [])];
    return [...input.specsFor(inputWidth), ...rest.flatMap((layer) => layer.specsFor(config.width))];
  }

  get layers(): readonly Block[] {
    return this.parts.layers;
  }

  /**
   * Number of token ids that the model answers with.
   *
   * @throws ShapeError for one that answers numbers.
   */
  get vocabularySize(): number {
    const { outputs } = this.ends;
    if (outputs.kind === 'classes') return outputs.classes;
    throw new ShapeError('Model.vocabularySize: expected a model of tokens, got one that answers numbers');
  }

  /** The table that classes are read out with, `[classes,D]`. */
  get table(): Tensor {
    return weightOf((this.parts.readOut ?? this.parts.input).read(), 'table');
  }

  /**
   * The same layers as a tfjs model, ids [B,T] to logits; sees each row as one document.
   *
   * @throws ShapeError where tokens are not both read and answered.
   */
  get layersModel(): tf.LayersModel {
    return (this.connected ??= this.connect());
  }

  /**
   * What the first layer reads, `[B,T,D]`.
   *
   * @throws ShapeError for inputs of another rank or width, or documents of another shape.
   */
  embed(inputs: Tensor, documents?: Tensor): Tensor {
    const { input } = this.parts;
    const sizes: Sizes = {};
    if (input instanceof TokenEmbedding) {
      assertShape(inputs, ['B', 'T'], sizes, 'Model: inputs');
      if (documents) assertShape(documents, ['B', 'T'], sizes, 'Model: documents');
      return embedTokens(weightOf(input.read(), 'table'), inputs, input.options.scale);
    }
    const matrix = weightOf(input.read(), 'matrix');
    sizes.width = matrix.shape[0] ?? 0;
    assertShape(inputs, ['B', 'T', 'width'], sizes, 'Model: inputs');
    if (documents) assertShape(documents, ['B', 'T'], sizes, 'Model: documents');
    return linear(inputs, matrix);
  }

  /**
   * The vectors that are read out, `[B,T,D]`.
   *
   * @throws ShapeError for inputs of another rank or width, or documents of another shape.
   */
  hidden(inputs: Tensor, documents?: Tensor): Tensor3D {
    const stream = this.layers.reduce(
      (x, layer) => layer.forward(x, documents),
      this.embed(inputs, documents),
    );
    return this.normed(stream) as Tensor3D; // [B,T,D], by `embed`
  }

  /** The final norm of the residual stream `[...,D]`; the stream itself where the model has none. */
  normed(stream: Tensor): Tensor {
    return this.parts.finalNorm?.forward(stream) ?? stream;
  }

  /** Logits or numbers of vectors that are read out: `[...,D]` -> `[...,classes]`, or `[...,1]`. */
  readOut(hidden: Tensor): Tensor {
    if (this.ends.outputs.kind === 'classes') return tiedLogits(this.table, hidden);
    return linear(hidden, weightOf(this.parts.readOut?.read() ?? {}, 'matrix'));
  }

  /** Logits `[B,T,classes]`, or numbers `[B,T,1]`, at every position. */
  logits(inputs: Tensor, documents?: Tensor): Tensor3D {
    return this.readOut(this.hidden(inputs, documents)) as Tensor3D; // as rank as `hidden`
  }

  /** Logits `[N,classes]`, or numbers `[N,1]`, at some positions. */
  answers(inputs: Tensor, positions: Tensor): Tensor2D {
    return this.readOut(this.asked(inputs, positions)) as Tensor2D; // the vectors asked for are of rank 2
  }

  /** Nats of each target, `[B,T]`, of a model that answers classes. */
  nats(inputs: Tensor, targets: Tensor, documents?: Tensor): Tensor2D {
    const nats = linearNats(this.flatHidden(inputs, documents), this.table, tf.reshape(targets, [-1]));
    return tf.reshape(nats, [targets.shape[0] ?? 0, targets.shape[1] ?? 0]);
  }

  /** Sum of weights times loss at every position; differentiable. Divide by the sum of weights for the mean. */
  lossSum(inputs: Tensor, targets: Tensor, weights: Tensor, documents?: Tensor): Scalar {
    const hidden = this.flatHidden(inputs, documents);
    return this.lossOf(hidden, tf.reshape(targets, [-1]), tf.reshape(weights, [-1]));
  }

  /** `lossSum` at some positions alone. */
  lossSumAt(inputs: Tensor, positions: Tensor, targets: Tensor, weights: Tensor): Scalar {
    return this.lossOf(this.asked(inputs, positions), targets, weights);
  }

  /** Bytes that one row carries from token to token; what keeps tokens keeps `length`. Numbers are of 4 bytes. */
  stateBytes(length: number): number {
    return tf.tidy(() =>
      this.layers
        .flatMap(({ plan }) => Object.values(plan.initState(1, length)))
        .reduce((sum, { size }) => sum + 4 * size, 0),
    );
  }

  /**
   * Takes all weights from named values.
   *
   * @throws CheckpointError that lists every weight that is missing, unknown or of another shape; nothing is
   *   changed then.
   */
  loadWeights(values: NamedValues, where = 'weights'): void {
    assignWeights(this.weights, values, where);
  }

  /** Releases the variables. */
  dispose(): void {
    this.connected?.dispose();
    // A layer that is applied twice, as the table's is, keeps its weights when the tfjs model lets go of it once.
    tf.dispose(this.variables.filter(({ isDisposed }) => !isDisposed));
  }

  private flatHidden(inputs: Tensor, documents?: Tensor): Tensor {
    return tf.reshape(this.hidden(inputs, documents), [-1, this.config.width]);
  }

  /** Hidden vectors `[N,D]` of the positions asked. */
  private asked(inputs: Tensor, positions: Tensor): Tensor {
    return gatherRows(this.flatHidden(inputs), positions);
  }

  private lossOf(hidden: Tensor, targets: Tensor, weights: Tensor): Scalar {
    if (this.ends.outputs.kind === 'classes')
      return linearCrossEntropySum(hidden, this.table, targets, weights);
    const error = tf.sub(tf.reshape(this.readOut(hidden), [-1]), targets);
    return tf.sum(tf.mul(weights, tf.square(error)));
  }

  private connect(): tf.LayersModel {
    const { input, layers, finalNorm, readOut } = this.parts;
    if (this.ends.inputs.kind !== 'tokens' || this.ends.outputs.kind !== 'classes') {
      throw new ShapeError(
        'Model.layersModel: expected a model that reads and answers tokens, got another; apply its layers yourself',
      );
    }
    const ids = tf.input({ shape: [null], dtype: 'int32', name: 'ids' });
    // One tensor in, one out: `apply` of these layers never gives a list.
    const through = (x: tf.SymbolicTensor, layer: tf.layers.Layer) => layer.apply(x) as tf.SymbolicTensor;
    const chain = [input, ...layers, ...(finalNorm ? [finalNorm] : []), readOut ?? input];
    return tf.model({ inputs: ids, outputs: chain.reduce(through, ids), name: 'languageModel' });
  }
}
