import { z } from 'zod';
import type { Rng } from '../core/rng.js';
import { made, optionsCheck, signal } from '../core/options.js';
import { natural } from '../core/schema.js';
import type { TokenBytes } from '../core/streamDecoder.js';
import type { Engine } from '../engine/engine.js';
import { Decoder } from './decode.js';
import type { Model } from './model.js';
import { drawText } from './draw.js';
import type { SampleOptions } from './sample.js';

/** What text generation needs of a tokenizer. */
interface TextTokenizer extends TokenBytes {
  encode(text: string): number[];
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
  const context = [tokenizer.endOfText, ...tokenizer.encode(prompt)];
  const decoder = Decoder.create(engine, model, 1, { cacheLength: context.length + tokens });
  try {
    const drawing = { context, tokens, sampling, rng, ...(ends && { signal: ends }) };
    yield* drawText(decoder, tokenizer, drawing);
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
