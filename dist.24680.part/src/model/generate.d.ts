import type { Rng } from '../core/rng.js';
import type { Engine } from '../engine/engine.js';
import { Decoder } from './decode.js';
import type { Model } from './model.js';
/** How a token is drawn from logits. */
export interface SampleOptions {
    /** Divides the logits; 0 takes the most likely token. Default 1. */
    readonly temperature?: number;
    /** Keeps the k most likely tokens; 0 keeps all. Default 0. */
    readonly topK?: number;
    /** Keeps the fewest most likely tokens whose probabilities reach this sum. Default 1, all. */
    readonly topP?: number;
}
/**
 * Draws a token id: temperature first, then the k most likely, then of these the nucleus of topP.
 *
 *   p_i = exp(logit_i / temperature) / sum
 *
 * The same stream gives the same tokens; temperature 0 draws nothing.
 * @throws ConfigError for an option out of range, NonFiniteError for a logit that is no finite number.
 * Source: nucleus sampling, Holtzman et al. 2019, arXiv:1904.09751.
 */
export declare function sample(logits: Float32Array, options: SampleOptions, rng: Rng): number;
/** How a decoder goes on from a context. */
export interface DrawOptions {
    /** Ids read first, all at once; at least one. */
    readonly context: readonly number[];
    /** The id that ends a text. */
    readonly endOfText: number;
    /** Most tokens to draw. */
    readonly tokens: number;
    readonly sampling: SampleOptions;
    readonly rng: Rng;
    /** Ends the drawing between two tokens. */
    readonly signal?: AbortSignal;
}
/**
 * Ids the model draws after a context, the end of text included, up to it, the limit or the signal.
 *
 * State: the decoder, of one row, has read the context and all that was drawn but the last.
 * @throws ConfigError for a sampling option out of range.
 */
export declare function drawTokens(decoder: Decoder, options: DrawOptions): AsyncGenerator<number, void>;
/** What text generation needs of a tokenizer. */
interface TextTokenizer {
    /** Id of the marker between texts. */
    readonly endOfText: number;
    encode(text: string): number[];
    /** UTF-8 bytes of one token; empty for `endOfText`. */
    bytesOf(id: number): Uint8Array;
}
export interface GenerateOptions {
    readonly engine: Engine;
    readonly model: Model;
    readonly tokenizer: TextTokenizer;
    /** Text to go on from; empty for the start of a story. */
    readonly prompt: string;
    /** Most tokens to draw. */
    readonly tokens: number;
    readonly sampling: SampleOptions;
    readonly rng: Rng;
}
/**
 * Text that follows a prompt, piece by piece, up to the end of the story. The prompt is not given back.
 *
 * Constant time and memory per token. No piece ends within a character.
 * State: pulls the weights out of the engine first, so it may be called between updates.
 * @throws DataError for a prompt that is no well-formed text, ConfigError for a sampling option out of range.
 */
export declare function generate(options: GenerateOptions): AsyncGenerator<string, void>;
/** All that `generate` gives, in one piece. */
export declare function generateText(options: GenerateOptions): Promise<string>;
export {};
