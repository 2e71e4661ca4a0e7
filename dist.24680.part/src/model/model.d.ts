import { type NamedValues } from '../core/assignWeights.js';
import { tf, type Scalar, type Tensor, type Tensor2D, type Tensor3D, type Variable } from '../core/tf.js';
import { Block } from '../layers/block.js';
import { type ModelConfig, type ModelEnds, type ModelOptions } from './config.js';
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
export declare class Model {
    readonly config: ModelConfig;
    readonly ends: ModelEnds;
    private readonly parts;
    readonly weights: readonly WeightInfo[];
    /** Trainable, in a fixed order: that of `weights`. */
    readonly variables: readonly Variable[];
    readonly parameterCount: number;
    private connected?;
    private constructor();
    /**
     * A model with fresh weights; the same seed gives the same.
     *
     * @throws ConfigError with every issue of the config.
     */
    static create(options: ModelOptions, seed: number): Model;
    get layers(): readonly Block[];
    /**
     * Number of token ids that the model answers with.
     *
     * @throws ShapeError for one that answers numbers.
     */
    get vocabularySize(): number;
    /** The table that classes are read out with, `[classes,D]`. */
    get table(): Tensor;
    /**
     * The same layers as a tfjs model, ids [B,T] to logits; sees each row as one document.
     *
     * @throws ShapeError where tokens are not both read and answered.
     */
    get layersModel(): tf.LayersModel;
    /**
     * What the first layer reads, `[B,T,D]`.
     *
     * @throws ShapeError for inputs of another rank or width, or documents of another shape.
     */
    embed(inputs: Tensor, documents?: Tensor): Tensor;
    /**
     * The vectors that are read out, `[B,T,D]`.
     *
     * @throws ShapeError for inputs of another rank or width, or documents of another shape.
     */
    hidden(inputs: Tensor, documents?: Tensor): Tensor3D;
    /** The final norm of the residual stream `[...,D]`; the stream itself where the model has none. */
    normed(stream: Tensor): Tensor;
    /** Logits or numbers of vectors that are read out: `[...,D]` -> `[...,classes]`, or `[...,1]`. */
    readOut(hidden: Tensor): Tensor;
    /** Logits `[B,T,classes]`, or numbers `[B,T,1]`, at every position. */
    logits(inputs: Tensor, documents?: Tensor): Tensor3D;
    /** Logits `[N,classes]`, or numbers `[N,1]`, at some positions. */
    answers(inputs: Tensor, positions: Tensor): Tensor2D;
    /** Nats of each target, `[B,T]`, of a model that answers classes. */
    nats(inputs: Tensor, targets: Tensor, documents?: Tensor): Tensor2D;
    /** Sum of weights times loss at every position; differentiable. Divide by the sum of weights for the mean. */
    lossSum(inputs: Tensor, targets: Tensor, weights: Tensor, documents?: Tensor): Scalar;
    /** `lossSum` at some positions alone. */
    lossSumAt(inputs: Tensor, positions: Tensor, targets: Tensor, weights: Tensor): Scalar;
    /** Bytes that one row carries from token to token; what keeps tokens keeps `length`. Numbers are of 4 bytes. */
    stateBytes(length: number): number;
    /**
     * Takes all weights from named values.
     *
     * @throws CheckpointError that lists every weight that is missing, unknown or of another shape; nothing is
     *   changed then.
     */
    loadWeights(values: NamedValues, where?: string): void;
    /** Releases the variables. */
    dispose(): void;
    private flatHidden;
    /** Hidden vectors `[N,D]` of the positions asked. */
    private asked;
    private lossOf;
    private connect;
}
