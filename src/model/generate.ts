import { z } from 'zod';
import type { Rng } from '../core/rng.js';
import { made, optionsCheck, signal } from '../core/options.js';
import { natural } from '../core/schema.js';
import type { Engine } from '../engine/engine.js';
import { Decoder } from './decode.js';
import type { Model } from './model.js';
import { sample, type SampleOptions } from './sample.js';

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
export async function* drawTokens(decoder: Decoder, options: DrawOptions): AsyncGenerator<number, void> {
  const { context, endOfText, tokens, sampling, rng, signal } = options;
  if (signal?.aborted) return;
  let logits = await decoder.next(Int32Array.from(context));
  for (let drawn = 1; drawn <= tokens && !signal?.aborted; drawn++) {
    const id = sample(logits, sampling, rng);
    yield id;
    if (id === endOfText) return;
    if (drawn < tokens) logits = await decoder.next(Int32Array.of(id));
  }
}

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
  /** Ends the text between two tokens. */
  readonly signal?: AbortSignal;
}

const checkGenerate = optionsCheck<GenerateOptions>({
  engine: made<Engine>('an engine'),
  model: made<Model>('a model'),
  tokenizer: made<TextTokenizer>('a tokenizer'),
  prompt: z.string(),
  tokens: natural,
  sampling: made<SampleOptions>('sampling options'),
  rng: made<Rng>('a random stream'),
  signal: signal.optional(),
});

/**
 * Text that follows a prompt, piece by piece, up to the end of the story. The prompt is not given back.
 *
 * Constant time and memory per token. No piece ends within a character.
 * State: pulls the weights out of the engine first, so it may be called between updates.
 * @throws DataError for a prompt that is no well-formed text, ConfigError for a sampling option out of range.
 */
export async function* generate(options: GenerateOptions): AsyncGenerator<string, void> {
  const {
    engine,
    model,
    tokenizer,
    prompt,
    tokens,
    sampling,
    rng,
    signal: ends,
  } = checkGenerate('generate', options);
  await engine.pull(model.variables);
  const { endOfText } = tokenizer;
  const context = [endOfText, ...tokenizer.encode(prompt)];
  const decoder = Decoder.create(engine, model, 1, { cacheLength: context.length + tokens });
  const text = new TextDecoder('utf-8', { ignoreBOM: true });
  try {
    const drawing = { context, endOfText, tokens, sampling, rng, ...(ends && { signal: ends }) };
    for await (const id of drawTokens(decoder, drawing)) {
      if (id === endOfText) break;
      const piece = text.decode(tokenizer.bytesOf(id), { stream: true });
      if (piece !== '') yield piece;
    }
    const rest = text.decode();
    if (rest !== '') yield rest;
  } finally {
    await decoder.dispose();
  }
}

/** All that `generate` gives, in one piece. */
export async function generateText(options: GenerateOptions): Promise<string> {
  let text = '';
  for await (const piece of generate(options)) text += piece;
  return text;
}
