import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { createStreamDecoder, type Tokenizer } from '../data/index.js';
import { openTrainedModel } from '../eval/index.js';
import { callback, made, optionsCheck, signal } from '../src/core/options.js';
import { Rng } from '../src/core/rng.js';
import { count, natural } from '../src/core/schema.js';
import { createEngine } from '../src/engine/createEngine.js';
import type { EngineOptions } from '../src/engine/engine.js';
import { Decoder } from '../src/model/decode.js';
import { drawTokens, type DrawOptions } from '../src/model/draw.js';
import type { SampleOptions } from '../src/model/sample.js';

/** How a trained model writes. */
export interface WriteOptions extends SampleOptions {
  /** Tokens at most. Default 200. */
  readonly tokens?: number;
  /** The same seed gives the same text. Default 1. */
  readonly seed?: number;
  /** What runs the model. Default: the graph engine on the processor. */
  readonly engine?: EngineOptions;
  /** Ends the text between two tokens: what was written so far is the result. */
  readonly signal?: AbortSignal;
  /** Hears each piece of the text as soon as it is whole; the prompt is not among them. */
  readonly onText?: (piece: string) => void;
}

const check = optionsCheck<WriteOptions>({
  temperature: z.number().optional(),
  topK: z.number().optional(),
  topP: z.number().optional(),
  tokens: count.optional(),
  seed: natural.optional(),
  engine: made<EngineOptions>('options of an engine').optional(),
  signal: signal.optional(),
  onText: callback<(piece: string) => void>().optional(),
});

/** What a model wrote. */
export interface WrittenText {
  /** The step folder of the model. */
  readonly checkpoint: string;
  readonly prompt: string;
  /** What follows the prompt. */
  readonly text: string;
  readonly tokens: number;
  /** Whether the model ended the story itself. */
  readonly ended: boolean;
  /** From the first token drawn to the last; null for fewer than two. */
  readonly tokensPerSecond: number | null;
  readonly seed: number;
}

type Written = Pick<WrittenText, 'text' | 'tokens' | 'ended' | 'tokensPerSecond'>;

/** Draws tokens and gives each piece of text as soon as it is whole. */
async function write(
  decoder: Decoder,
  tokenizer: Tokenizer,
  drawing: DrawOptions,
  onText: (piece: string) => void,
): Promise<Written> {
  const pieces = createStreamDecoder(tokenizer);
  let firstAt = 0;
  let [text, tokens, ended] = ['', 0, false];
  const add = (piece: string): void => {
    text += piece;
    onText(piece);
  };
  for await (const id of drawTokens(decoder, drawing)) {
    tokens += 1;
    if (tokens === 1) firstAt = performance.now();
    ended = id === drawing.endOfText;
    add(pieces.push(id));
  }
  const seconds = (performance.now() - firstAt) / 1000;
  add(pieces.end());
  return { text, tokens, ended, tokensPerSecond: tokens < 2 ? null : (tokens - 1) / seconds };
}

/**
 * Text that a trained model writes after a prompt, as `pavlov generate` does; an empty prompt is the start of a story.
 *
 * Temperature is 0.8 and topP 0.95 unless given. Time and memory per token are constant.
 * @throws CheckpointError for a run that is missing or damaged; ConfigError for an option out of range.
 */
export async function generate(
  folder: string,
  prompt = '',
  options: WriteOptions = {},
): Promise<WrittenText> {
  const given = check('generate', options);
  const {
    tokens = 200,
    seed = 1,
    temperature = 0.8,
    topK = 0,
    topP = 0.95,
    onText = () => undefined,
  } = given;
  const { model, tokenizer, checkpoint } = await openTrainedModel(folder);
  const { endOfText } = tokenizer;
  const context = [endOfText, ...tokenizer.encode(prompt)];
  const engine = await createEngine(given.engine);
  const decoder = Decoder.create(engine, model, 1, { cacheLength: context.length + tokens });
  try {
    const sampling = { temperature, topK, topP };
    const rng = Rng.fromSeed(seed).derive('generate');
    const ends = given.signal && { signal: given.signal };
    const drawing = { context, endOfText, tokens, sampling, rng, ...ends };
    const written = await write(decoder, tokenizer, drawing, onText);
    return { checkpoint: checkpoint.path, prompt, ...written, seed };
  } finally {
    await decoder.dispose();
    await engine.dispose();
    model.dispose();
  }
}
