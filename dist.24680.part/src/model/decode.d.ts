import { type Tensor, type Tensor2D } from '../core/tf.js';
import type { Engine } from '../engine/engine.js';
import type { Model } from './model.js';
/**
 * All that a model carries from token to token, by names such as `layers.0.rule.S`. Its size does not depend
 * on how many tokens there were; a mixer that keeps tokens has a cache of fixed length instead.
 */
export type DecodeState = Readonly<Record<string, Tensor>>;
export interface DecodeStateOptions {
    /**
     * Tokens the cache of a mixer that keeps tokens holds. Decoding equals the full pass up to that many tokens; beyond,
     * such a layer sees only the last of them. Other mixers have no limit and ignore it. Default 1024.
     */
    readonly cacheLength?: number;
}
/** Logits `[B,vocabulary]` after the last token given, and the state after it. */
export interface Decoded {
    readonly logits: Tensor2D;
    readonly state: DecodeState;
}
/**
 * The state before the first token, for `batchSize` sequences.
 *
 * @throws ConfigError when the cache length is not a whole number above 0, or the cache would take more than 1 GiB.
 */
export declare function initDecodeState(model: Model, batchSize: number, { cacheLength }?: DecodeStateOptions): DecodeState;
/**
 * The model on the next tokens of each row, from the state after those before; without a state, from the start.
 * Several tokens run the rules' chunk forms. Equal to token by token, and to the full pass.
 *
 * Shapes: ids [B,T] int32 -> logits [B,vocabulary] after the last token.
 * State: returns a new state; disposes nothing.
 */
export declare function prefill(model: Model, ids: Tensor, state?: DecodeState): Decoded;
/**
 * The model on one more token per row: constant time and memory.
 *
 * Shapes: ids [B] int32 -> logits [B,vocabulary].
 * State: returns a new state; disposes nothing.
 */
export declare function decodeStep(model: Model, ids: Tensor, state: DecodeState): Decoded;
/**
 * Reads sequences with the state kept in the engine: constant time and memory per token. Several tokens at once, such
 * as a prompt, run the rules' chunk form.
 *
 * The weights are compiled in as they are at the first call; after they change, create another decoder. Calls
 * must not overlap: await one before the next.
 */
export declare class Decoder {
    private readonly batchSize;
    private readonly state;
    private readonly step;
    private readonly clear;
    /** Tokens read per row; only a model that keeps tokens has a limit. */
    private tokens;
    private readonly limit;
    private constructor();
    /** A decoder of `batchSize` sequences, before their first token. */
    static create(engine: Engine, model: Model, batchSize: number, options?: DecodeStateOptions): Decoder;
    /**
     * Reads the next tokens of each row, all of one row before the next row's; one per row, or as many each.
     *
     * Shapes: ids `batchSize * T` -> logits after the last of each row, `batchSize * vocabulary`, row-major.
     * @throws ShapeError for a number of ids that is no multiple of the batch size.
     * @throws ConfigError past the cache of a layer that keeps tokens.
     */
    next(ids: Int32Array): Promise<Float32Array>;
    /** Forgets everything read. */
    reset(): Promise<void>;
    /** Releases what was compiled and the state. */
    dispose(): Promise<void>;
    private run;
}
