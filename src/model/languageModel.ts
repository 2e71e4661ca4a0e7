import { linearCrossEntropySum, linearNats } from '../ops/linearCrossEntropy.js';
import { rmsNorm } from '../ops/rmsNorm.js';
import { Rng } from '../core/rng.js';
import { assertShape, type Sizes, sizeOf } from '../core/shapes.js';
import { tf, type Scalar, type Tensor, type Tensor2D, type Tensor3D, type Variable } from '../core/tf.js';
import type { Block } from '../layers/block.js';
import { block } from '../layers/functions/block.js';
import { RmsNorm } from '../layers/rmsNorm.js';
import { embedTokens, tiedLogits, TokenEmbedding } from '../layers/tokenEmbedding.js';
import { weightOf } from '../layers/weights.js';
import { checkModelConfig, type ModelConfig } from './config.js';
import { createBlocks, LOGIT_DEVIATION, type WeightInfo, weightsOfLayer } from './layerStack.js';
import { type NamedValues, loadInto } from './loadWeights.js';

export type { WeightInfo };

function connect(embedding: TokenEmbedding, layers: readonly Block[], finalNorm: RmsNorm): tf.LayersModel {
  const ids = tf.input({ shape: [null], dtype: 'int32', name: 'ids' });
  // One tensor in, one out: `apply` of these layers never gives a list.
  const through = (x: tf.SymbolicTensor, layer: tf.layers.Layer) => layer.apply(x) as tf.SymbolicTensor;
  const logits = [embedding, ...layers, finalNorm, embedding].reduce(through, ids);
  return tf.model({ inputs: ids, outputs: logits, name: 'languageModel' });
}

/**
 * A language model of conditioning heads: token embedding, pre-norm blocks, a final norm and logits by the same
 * table. No positions.
 *
 *   x = sqrt(D) table_id,   x = block_l(x),   logits = norm(x) tableᵀ
 *
 * Shapes: ids, targets, documents [B,T] int32 (a document id a token) · weights [B,T] · hidden [B,T,D].
 * Units: nats.
 * State: methods are pure functions of the variables and dispose nothing of what they make.
 */
export class LanguageModel {
  /** Trainable, in a fixed order: that of `weights`. */
  readonly variables: readonly Variable[];
  readonly weights: readonly WeightInfo[];
  readonly parameterCount: number;

  private constructor(
    readonly config: ModelConfig,
    readonly embedding: TokenEmbedding,
    readonly layers: readonly Block[],
    readonly finalNorm: RmsNorm,
    /** The same layers as a tfjs model, ids [B,T] to logits; sees each row as one document. */
    readonly layersModel: tf.LayersModel,
  ) {
    this.weights = [
      ...weightsOfLayer('embedding', embedding),
      ...layers.flatMap((layer, i) => weightsOfLayer(`layers.${i}`, layer)),
      ...weightsOfLayer('finalNorm', finalNorm),
    ];
    this.variables = this.weights.map(({ variable }) => variable);
    this.parameterCount = this.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /**
   * A model with fresh weights; the same seed gives the same.
   *
   * @throws ConfigError with every fault of the config.
   */
  static create(config: ModelConfig, seed: number): LanguageModel {
    checkModelConfig(config);
    const { vocabularySize, width, normEpsilon } = config;
    const rng = Rng.fromSeed(seed).derive('model');
    const embedding = new TokenEmbedding({
      vocabularySize,
      width,
      scale: Math.sqrt(width),
      deviation: LOGIT_DEVIATION / Math.sqrt(width),
      seed: rng.derive('embedding').uint32(),
      name: 'embedding',
    });
    const layers = createBlocks(config, rng);
    const finalNorm = new RmsNorm({ normEpsilon, name: 'finalNorm' });
    return new LanguageModel(config, embedding, layers, finalNorm, connect(embedding, layers, finalNorm));
  }

  /** The table of tokens `[vocabulary,D]`. */
  get table(): Tensor {
    return weightOf(this.embedding.read(), 'table');
  }

  /**
   * The vectors after the final norm, `[B,T,D]`.
   *
   * @throws ShapeError when ids and documents differ in shape.
   */
  hidden(ids: Tensor, documents?: Tensor): Tensor3D {
    const sizes: Sizes = {};
    assertShape(ids, ['B', 'T'], sizes, 'LanguageModel.hidden: ids');
    if (documents) assertShape(documents, ['B', 'T'], sizes, 'LanguageModel.hidden: documents');
    const stream = this.layers.reduce(
      (x, layer) => block(layer.read(), layer.plan, x, documents),
      embedTokens(this.table, ids, this.embedding.options.scale),
    );
    return this.normed(stream) as Tensor3D; // [B,T,D], by `embedTokens`
  }

  /** The final norm of the residual stream `[...,D]`. */
  normed(stream: Tensor): Tensor {
    return tf.mul(rmsNorm(stream, this.config.normEpsilon), weightOf(this.finalNorm.read(), 'gain'));
  }

  /** Logits `[B,T,vocabulary]`. */
  logits(ids: Tensor, documents?: Tensor): Tensor3D {
    return tiedLogits(this.table, this.hidden(ids, documents)) as Tensor3D; // as rank as `hidden`
  }

  /** Nats of each target, `[B,T]`. */
  nats(ids: Tensor, targets: Tensor, documents?: Tensor): Tensor2D {
    const nats = linearNats(this.flatHidden(ids, documents), this.table, tf.reshape(targets, [-1]));
    return tf.reshape(nats, [ids.shape[0] ?? 0, ids.shape[1] ?? 0]);
  }

  /** Sum of weights times nats; differentiable. Divide by the sum of weights for nats per token. */
  lossSum(ids: Tensor, targets: Tensor, weights: Tensor, documents?: Tensor): Scalar {
    const hidden = this.flatHidden(ids, documents);
    return linearCrossEntropySum(hidden, this.table, tf.reshape(targets, [-1]), tf.reshape(weights, [-1]));
  }

  /**
   * Takes all weights from named values.
   *
   * @throws CheckpointError that lists every weight that is missing, unknown or of another shape; nothing is
   *   changed then.
   */
  loadWeights(values: NamedValues): void {
    loadInto(this.weights, values);
  }

  /** Releases the variables. */
  dispose(): void {
    this.layersModel.dispose();
    // A layer that is applied twice, as the table's is, keeps its weights when the tfjs model lets go of it once.
    tf.dispose(this.variables.filter(({ isDisposed }) => !isDisposed));
  }

  private flatHidden(ids: Tensor, documents?: Tensor): Tensor {
    return tf.reshape(this.hidden(ids, documents), [sizeOf(ids.shape), this.config.width]);
  }
}
