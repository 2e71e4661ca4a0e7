import type { Rng } from '../core/rng.js';
import type { Decoder } from './decoder.js';
import { sample, type SampleOptions } from './sample.js';

/** How a decoder goes on from a context. */
export interface DrawOptions {
  /** Ids read first; at least one. */
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
export async function* drawTokens(decoder: Decoder, options: DrawOptions): AsyncGenerator<number, void> {
  const { context, endOfText, tokens, sampling, rng, signal } = options;
  let logits: Float32Array = new Float32Array();
  for (const id of context) {
    if (signal?.aborted) return;
    logits = await decoder.next(Int32Array.of(id));
  }
  for (let drawn = 1; drawn <= tokens && !signal?.aborted; drawn++) {
    const id = sample(logits, sampling, rng);
    yield id;
    if (id === endOfText) return;
    if (drawn < tokens) logits = await decoder.next(Int32Array.of(id));
  }
}
