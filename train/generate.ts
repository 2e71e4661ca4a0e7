import { createStreamDecoder, type Tokenizer } from '../data/index.js';
import type { Rng } from '../src/core/rng.js';
import type { Engine } from '../src/engine/engine.js';
import { Decoder } from '../src/model/decoder.js';
import { drawTokens } from '../src/model/drawTokens.js';
import type { LanguageModel } from '../src/model/languageModel.js';
import type { SampleOptions } from '../src/model/sample.js';

export interface GenerateOptions {
  readonly engine: Engine;
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
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
 * Constant time and memory a token. No piece ends within a character.
 * State: pulls the weights out of the engine first, so it may be called between updates.
 * @throws DataError for a prompt that is no well-formed text, ConfigError for a sampling option out of range.
 */
export async function* generate(options: GenerateOptions): AsyncGenerator<string, void> {
  const { engine, model, tokenizer, prompt, tokens, sampling, rng } = options;
  await engine.pull(model.variables);
  const context = [tokenizer.endOfText, ...tokenizer.encode(prompt)];
  const decoder = Decoder.create(engine, model, 1, { cacheLength: context.length + tokens });
  const text = createStreamDecoder(tokenizer);
  try {
    const { endOfText } = tokenizer;
    for await (const id of drawTokens(decoder, { context, endOfText, tokens, sampling, rng })) {
      if (id === endOfText) break;
      const piece = text.push(id);
      if (piece !== '') yield piece;
    }
    const rest = text.end();
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
