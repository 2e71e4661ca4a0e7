import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { createStreamDecoder, encodePrompt, type Tokenizer } from '../data/index.js';
import { openTrainedModel } from '../eval/index.js';
import { callback, made, optionsCheck, signal } from '../src/core/options.js';
import { Rng } from '../src/core/rng.js';
import { count, natural } from '../src/core/schema.js';
import { createEngine } from '../src/engine/createEngine.js';
import type { EngineOptions } from '../src/engine/engine.js';
import { BatchDecoder } from '../src/model/batch.js';
import { Decoder } from '../src/model/decode.js';
import { drawTokens } from '../src/model/draw.js';
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

const fields = {
  temperature: z.number().optional(),
  topK: z.number().optional(),
  topP: z.number().optional(),
  minP: z.number().optional(),
  repetitionPenalty: z.number().optional(),
  tokens: count.optional(),
  seed: natural.optional(),
  engine: made<EngineOptions>('options of an engine').optional(),
  signal: signal.optional(),
};

const check = optionsCheck<WriteOptions>({
  ...fields,
  onText: callback<(piece: string) => void>().optional(),
});

/** How a trained model writes several texts. */
export interface WriteManyOptions extends Omit<WriteOptions, 'onText'> {
  /** Hears each piece of each text as soon as it is whole, with the place of its prompt. */
  readonly onText?: (piece: string, index: number) => void;
  /** Hears of each text when it is written. */
  readonly onWritten?: (written: WrittenText, index: number) => void;
}

const checkMany = optionsCheck<WriteManyOptions>({
  ...fields,
  onText: callback<(piece: string, index: number) => void>().optional(),
  onWritten: callback<(written: WrittenText, index: number) => void>().optional(),
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

/** Turns ids, as they are drawn, into a text and its facts. */
function collect(tokenizer: Tokenizer, onText: (piece: string) => void) {
  const pieces = createStreamDecoder(tokenizer);
  let [firstAt, lastAt] = [0, 0];
  let [text, tokens, ended] = ['', 0, false];
  const add = (piece: string): void => {
    text += piece;
    if (piece !== '') onText(piece);
  };
  return {
    push: (id: number): void => {
      lastAt = performance.now();
      tokens += 1;
      if (tokens === 1) firstAt = lastAt;
      ended = id === tokenizer.endOfText;
      add(pieces.push(id));
    },
    end: (): Written => {
      add(pieces.end());
      const seconds = (lastAt - firstAt) / 1000;
      return { text, tokens, ended, tokensPerSecond: tokens < 2 ? null : (tokens - 1) / seconds };
    },
  };
}

/** Sampling as `pavlov generate` does it where nothing else is asked for. */
function samplingIn({
  temperature = 0.8,
  topK = 0,
  topP = 0.95,
  minP = 0,
  repetitionPenalty = 1,
}: SampleOptions) {
  return { temperature, topK, topP, minP, repetitionPenalty };
}

/** How the text of a seed is drawn. */
async function drawingOf(
  tokenizer: Tokenizer,
  prompt: string,
  seed: number,
  options: WriteManyOptions | WriteOptions,
) {
  const { tokens = 200, signal: ends } = options;
  const { endOfText } = tokenizer;
  return {
    context: await encodePrompt(prompt, tokenizer, ends),
    endOfText,
    tokens,
    sampling: samplingIn(options),
    rng: Rng.fromSeed(seed).derive('generate'),
    ...(ends && { signal: ends }),
  };
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
  const { seed = 1, onText = () => undefined, ...given } = check('generate', options);
  const { model, tokenizer, checkpoint } = await openTrainedModel(folder);
  const drawing = await drawingOf(tokenizer, prompt, seed, given);
  const engine = await createEngine(given.engine);
  const cacheLength = drawing.context.length + drawing.tokens;
  const decoder = Decoder.create(engine, model, 1, { cacheLength });
  try {
    const written = collect(tokenizer, onText);
    for await (const id of drawTokens(decoder, drawing)) written.push(id);
    return { checkpoint: checkpoint.path, prompt, ...written.end(), seed };
  } finally {
    await decoder.dispose();
    await engine.dispose();
    model.dispose();
  }
}

/** Texts that are written at once. */
const ROWS = 32;

/**
 * Texts that a trained model writes after several prompts, many at once. The text of prompt i is the one that `generate`
 * gives with the seed `seed + i`, but for rounding in the products of larger batches.
 *
 * @throws CheckpointError for a run that is missing or damaged; ConfigError for an option out of range.
 */
export async function generateMany(
  folder: string,
  prompts: readonly string[],
  options: WriteManyOptions = {},
): Promise<WrittenText[]> {
  const { seed: first = 1, onText, onWritten, ...given } = checkMany('generateMany', options);
  const { model, tokenizer, checkpoint } = await openTrainedModel(folder);
  const failed = new AbortController();
  const ends = given.signal ? AbortSignal.any([given.signal, failed.signal]) : failed.signal;
  const drawings: Awaited<ReturnType<typeof drawingOf>>[] = [];
  for (const [i, prompt] of prompts.entries()) {
    drawings.push(await drawingOf(tokenizer, prompt, first + i, { ...given, signal: ends }));
  }
  const cacheLength = Math.max(1, ...drawings.map(({ context, tokens }) => context.length + tokens));
  const engine = await createEngine(given.engine);
  const batch = new BatchDecoder(engine, model, { rows: ROWS, cacheLength });
  try {
    const texts = drawings.map(async (drawing, i) => {
      const written = collect(tokenizer, (piece) => onText?.(piece, i));
      await batch.write({ ...drawing, onToken: written.push });
      const result = {
        checkpoint: checkpoint.path,
        prompt: prompts[i] ?? '',
        ...written.end(),
        seed: first + i,
      };
      onWritten?.(result, i);
      return result;
    });
    return await Promise.all(texts);
  } catch (error) {
    failed.abort(); // the others need not be written to their ends
    throw error;
  } finally {
    await batch.dispose();
    await engine.dispose();
    model.dispose();
  }
}
