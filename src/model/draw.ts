import type { Rng } from '../core/rng.js';
import { createStreamDecoder, type TokenBytes } from '../core/streamDecoder.js';
import { Sampler, type SampleOptions } from './sample.js';

/** Reads the next tokens of one sequence, at least one; gives the logits of the token after them, `into` an array or anew. */
export interface TokenReader {
  next(ids: Int32Array, into?: Float32Array): Promise<Float32Array>;
}

/** Tokens of a context that are read between two looks at the signal. */
const READ_AT_ONCE = 256;

/** How a reader goes on from a context. */
export interface DrawOptions {
  /** Ids read first; at least one. */
  readonly context: readonly number[];
  /** The id that ends a text. */
  readonly endOfText: number;
  /** Most tokens to draw. */
  readonly tokens: number;
  readonly sampling: SampleOptions;
  readonly rng: Rng;
  /** Ends the reading of a long context, or the drawing between two tokens. */
  readonly signal?: AbortSignal;
}

/**
 * Ids drawn after a context, the end of text included, up to it, the limit or the signal.
 *
 * State: the reader has read the context and all that was drawn but the last; of a context whose reading was ended, a part.
 * @throws ConfigError for a sampling option out of range.
 */
export async function* drawTokens(reader: TokenReader, options: DrawOptions): AsyncGenerator<number, void> {
  const { context, endOfText, tokens, sampling, rng, signal } = options;
  const sampler = new Sampler(sampling);
  sampler.read(context.filter((id) => id !== endOfText));
  let logits: Float32Array = new Float32Array();
  for (let from = 0; from < context.length; from += READ_AT_ONCE) {
    if (signal?.aborted) return;
    logits = await reader.next(Int32Array.from(context.slice(from, from + READ_AT_ONCE)));
  }
  for (let drawn = 1; drawn <= tokens; drawn++) {
    const id = sampler.draw(logits, rng);
    yield id;
    // Before it is read, so that always all but the last were read.
    if (id === endOfText || drawn === tokens || signal?.aborted) return;
    logits = await reader.next(Int32Array.of(id), logits);
  }
}

/** The text of the ids that `drawTokens` gives, piece by piece; no piece is empty or ends within a character. */
export async function* drawText(
  reader: TokenReader,
  tokenizer: TokenBytes,
  options: Omit<DrawOptions, 'endOfText'>,
): AsyncGenerator<string, void> {
  const text = createStreamDecoder(tokenizer);
  for await (const id of drawTokens(reader, { ...options, endOfText: tokenizer.endOfText })) {
    const piece = text.push(id);
    if (piece !== '') yield piece;
  }
  const rest = text.end();
  if (rest !== '') yield rest;
}
