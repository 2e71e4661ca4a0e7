import { gatherRows } from '../ops/gatherRows.js';
import { linearCrossEntropySum } from '../ops/linearCrossEntropy.js';
import { rmsNorm } from '../ops/rmsNorm.js';
import { Rng } from '../core/rng.js';
import { assertShape, sizeOf, type Sizes } from '../core/shapes.js';
import { tf, type Scalar, type Tensor, type Tensor2D, type Variable } from '../core/tf.js';
import { BareHead } from '../layers/bareHead.js';
import type { Block } from '../layers/block.js';
import { bareHead } from '../layers/functions/bareHead.js';
import { block, initBlockState } from '../layers/functions/block.js';
import { linear } from '../layers/functions/linear.js';
import type { PavlovLayer } from '../layers/pavlovLayer.js';
import { Projection } from '../layers/projection.js';
import { RmsNorm } from '../layers/rmsNorm.js';
import { embedTokens, tiedLogits, TokenEmbedding } from '../layers/tokenEmbedding.js';
import { weightOf } from '../layers/weights.js';
import { createBlocks, LOGIT_DEVIATION, type WeightInfo, weightsOfLayer } from './layerStack.js';
import { loadInto, type NamedValues } from './loadWeights.js';
import { checkTaskModelConfig, type TaskModelConfig } from './taskModelConfig.js';

/** The layers of a task model, in the order of its weights. */
interface Parts {
  readonly embedding?: TokenEmbedding;
  readonly input?: Projection;
  readonly layers: readonly (Block | BareHead)[];
  readonly finalNorm?: RmsNorm;
  /** The read-out; absent where the token table is read from both sides. */
  readonly readOut?: TokenEmbedding | Projection;
}

function bareHeads(config: TaskModelConfig, rng: Rng): BareHead[] {
  const { heads, keySize, valueSize, rule, ruleParams, gate, gateParams, chunkSize, layers } = config;
  const options = {
    heads,
    keySize,
    valueSize,
    rule,
    ruleParams,
    gate,
    gateParams,
    chunkSize,
    layers,
  };
  return Array.from({ length: layers }, (_, layer) => {
    const seed = rng.derive('blocks', layer).uint32();
    return new BareHead({ ...options, layer, seed, outputScale: 1 / Math.sqrt(2 * layers) });
  });
}

function tokenTable(vocabulary: number, width: number, seed: number): TokenEmbedding {
  const scale = Math.sqrt(width);
  return new TokenEmbedding({
    vocabularySize: vocabulary,
    width,
    scale,
    deviation: LOGIT_DEVIATION / scale,
    seed,
  });
}

function createParts(config: TaskModelConfig, seed: number): Parts {
  const { inputs, outputs, form, width, normEpsilon } = config;
  const rng = Rng.fromSeed(seed).derive('model');
  const seedOf = (part: string): number => rng.derive(part).uint32();
  const isTied =
    inputs.kind === 'tokens' && outputs.kind === 'classes' && inputs.vocabulary === outputs.classes;
  const readOut =
    outputs.kind === 'classes'
      ? tokenTable(outputs.classes, width, seedOf('readOut'))
      : new Projection({ outputs: 1, deviation: LOGIT_DEVIATION, seed: seedOf('readOut') });
  return {
    ...(inputs.kind === 'tokens'
      ? { embedding: tokenTable(inputs.vocabulary, width, seedOf('embedding')) }
      : { input: new Projection({ outputs: width, seed: seedOf('input') }) }),
    layers: form === 'bare' ? bareHeads(config, rng) : createBlocks(config, rng),
    ...(form === 'bare' ? {} : { finalNorm: new RmsNorm({ normEpsilon }) }),
    ...(isTied ? {} : { readOut }),
  };
}

/** Builds the layers, and gives their weights under the names of a checkpoint. */
function buildParts(parts: Parts, { inputs, width }: TaskModelConfig): WeightInfo[] {
  const { embedding, input, layers, finalNorm, readOut } = parts;
  const build = (name: string, layer: PavlovLayer<object> | undefined, size = width): WeightInfo[] => {
    if (!layer) return [];
    layer.build([null, null, size]);
    return weightsOfLayer(name, layer);
  };
  return [
    ...build('embedding', embedding),
    ...build('input', input, inputs.kind === 'real' ? inputs.width : width),
    ...layers.flatMap((layer, i) => build(`layers.${i}`, layer)),
    ...build('finalNorm', finalNorm),
    ...build('readOut', readOut),
  ];
}

/**
 * A small model of one task: reads tokens or real vectors, answers classes or numbers, and only where it is asked.
 *
 *   x = sqrt(D) table_id  or  x W_in;   x = block_l(x);   h = norm(x) at the places asked;   h tableᵀ  or  h W_out
 *
 * Of token tasks the table is the same at both ends, as in `LanguageModel`. Each row is one document.
 *
 * Shapes: inputs [B,T] int32 or [B,T,width] · positions [N] int32, each `row * T + t` · targets, weights [N].
 * State: methods are pure functions of the variables and dispose nothing of what they make.
 */
export class TaskModel {
  /** Trainable, in a fixed order: that of `weights`. */
  readonly variables: readonly Variable[];
  readonly parameterCount: number;

  private constructor(
    readonly config: TaskModelConfig,
    private readonly parts: Parts,
    readonly weights: readonly WeightInfo[],
  ) {
    this.variables = weights.map(({ variable }) => variable);
    this.parameterCount = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /**
   * A model with fresh weights; the same seed gives the same.
   *
   * @throws ConfigError with every fault of the config.
   */
  static create(config: TaskModelConfig, seed: number): TaskModel {
    checkTaskModelConfig(config);
    const parts = createParts(config, seed);
    return new TaskModel(config, parts, buildParts(parts, config));
  }

  /**
   * The vectors that are read out, at every place, `[B,T,D]`.
   *
   * @throws ShapeError for inputs of another rank or width.
   */
  hidden(inputs: Tensor): Tensor {
    const stream = this.parts.layers.reduce(
      (x, layer) =>
        layer instanceof BareHead
          ? tf.add(x, bareHead(layer.read(), layer.plan, x))
          : block(layer.read(), layer.plan, x),
      this.embed(inputs),
    );
    const { finalNorm } = this.parts;
    if (!finalNorm) return stream;
    return tf.mul(rmsNorm(stream, this.config.normEpsilon), weightOf(finalNorm.read(), 'gain'));
  }

  /** Logits `[N,classes]`, or answers `[N,1]` of a task with real outputs, at the places asked. */
  answers(inputs: Tensor, positions: Tensor): Tensor2D {
    const asked = this.asked(inputs, positions);
    const answers =
      this.config.outputs.kind === 'classes' ? tiedLogits(this.table, asked) : this.numbers(asked);
    return answers as Tensor2D; // the hidden vectors asked for are of rank 2
  }

  /** Sum of weights times loss, differentiable: nats of a class, squared error of a number. */
  lossSum(inputs: Tensor, positions: Tensor, targets: Tensor, weights: Tensor): Scalar {
    const asked = this.asked(inputs, positions);
    if (this.config.outputs.kind === 'classes')
      return linearCrossEntropySum(asked, this.table, targets, weights);
    const error = tf.sub(tf.reshape(this.numbers(asked), [-1]), targets);
    return tf.sum(tf.mul(weights, tf.square(error)));
  }

  /**
   * Takes all weights from named values.
   *
   * @throws CheckpointError that lists every weight that is missing, unknown or of another shape; nothing is changed
   *   then.
   */
  loadWeights(values: NamedValues): void {
    loadInto(this.weights, values);
  }

  /** Bytes that one row carries from token to token; a softmax head carries `length` tokens. */
  stateBytes(length: number): number {
    const floatsOf = (layer: Block | BareHead): number =>
      tf.tidy(() => carried(layer, length).reduce((sum, { size }) => sum + size, 0));
    return 4 * this.parts.layers.reduce((sum, layer) => sum + floatsOf(layer), 0);
  }

  /** Releases the variables. */
  dispose(): void {
    tf.dispose([...this.variables]);
  }

  private embed(inputs: Tensor): Tensor {
    const { embedding, input } = this.parts;
    const sizes: Sizes = {};
    if (embedding) {
      assertShape(inputs, ['B', 'T'], sizes, 'TaskModel: inputs');
      return embedTokens(weightOf(embedding.read(), 'table'), inputs, embedding.options.scale);
    }
    const matrix = weightOf(input?.read() ?? {}, 'matrix');
    sizes.width = matrix.shape[0] ?? 0;
    assertShape(inputs, ['B', 'T', 'width'], sizes, 'TaskModel: inputs');
    return linear(inputs, matrix);
  }

  /** Hidden vectors `[N,D]` of the places asked. */
  private asked(inputs: Tensor, positions: Tensor): Tensor {
    return gatherRows(tf.reshape(this.hidden(inputs), [-1, this.config.width]), positions);
  }

  private get table(): Tensor {
    return weightOf((this.parts.readOut ?? this.parts.embedding)?.read() ?? {}, 'table');
  }

  private numbers(asked: Tensor): Tensor {
    return linear(asked, weightOf(this.parts.readOut?.read() ?? {}, 'matrix'));
  }
}

/** All tensors that a layer carries for one row. */
function carried(layer: Block | BareHead, length: number): Tensor[] {
  if (layer instanceof BareHead) {
    const { H, K, V, rule, ruleParams } = layer.plan;
    return Object.values(rule.initState({ B: 1, H, K, V }, ruleParams));
  }
  const state = initBlockState(layer.plan, 1, length);
  return Object.values(state).flatMap((part: Tensor | Readonly<Record<string, Tensor>>) =>
    part instanceof tf.Tensor ? [part] : Object.values(part),
  );
}
