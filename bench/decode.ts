import { Rng } from '../src/core/rng.js';
import { createEngine } from '../src/engine/createEngine.js';
import type { Engine } from '../src/engine/engine.js';
import { Decoder } from '../src/model/decode.js';
import type { Model } from '../src/model/model.js';
import { Sampler, samplingOf, type SampleOptions } from '../src/model/sample.js';
import { engineOptionsOf, type RunConfig } from '../train/config/schema.js';
import { NEAR_START } from './limits.js';
import { median } from './median.js';
import { memoryInUse, type MemoryUse } from './memoryUse.js';
import { randomModel } from './reference.js';
import { timeTexts, type TextsTiming } from './texts.js';

/** Some tokens in a row of a sequence. */
interface DecodeWindow {
  /** The first of them, counted from 0. */
  readonly from: number;
  /** The one after the last of them. */
  readonly to: number;
  /** Median. */
  readonly tokenMs: number;
  /** After the last of them. */
  readonly memory: MemoryUse;
}

/** One sequence, token by token. */
export interface DecodePass {
  /** Of the median token. */
  readonly tokensPerSecond: number;
  /** Median. */
  readonly tokenMs: number;
  /** All tokens together, stalls of a busy machine included. */
  readonly seconds: number;
  /**
   * Near the start. Timed before the long sequence and once more after it, from an empty state, so that a
   * machine that changes its speed changes it on both sides of the end.
   */
  readonly first: DecodeWindow;
  /** At the end. */
  readonly last: DecodeWindow;
  /** Time of a token at the end over that of one near the start. */
  readonly lastOverFirst: number;
}

/** What `bench decode` measures. */
export interface DecodeTiming {
  /** Of one sequence. */
  readonly tokens: number;
  /** The model alone: the next token is any. */
  readonly plain: DecodePass;
  /** The next token is drawn from the logits. */
  readonly sampled: DecodePass;
  readonly sampling: Required<SampleOptions>;
  /** The time of drawing a token over that of a token of the model alone. */
  readonly drawOverToken: number;
  /** Whole texts. */
  readonly texts: TextsTiming;
  readonly parameters: number;
  /** All that is carried from token to token. */
  readonly stateBytes: number;
  readonly compileSeconds: number;
}

export interface DecodeBenchOptions {
  readonly config: RunConfig;
  /** Tokens of one sequence, at least `FEWEST_TOKENS`. */
  readonly tokens: number;
  readonly onProgress?: (done: number, all: number) => void;
}

const WARM_UP = 200;
const { from: FROM, to: TO } = NEAR_START;

interface Bench {
  readonly decoder: Decoder;
  readonly tokens: number;
  readonly onToken: () => void;
}

/** The next token, from the logits after the last one. */
type Choose = (logits: Float32Array) => number;

async function timeTokens(step: () => Promise<void>, count: number): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await step();
    all.push(performance.now() - start);
  }
  return all;
}

async function timePass({ decoder, tokens, onToken }: Bench, choose: Choose): Promise<DecodePass> {
  let logits = await decoder.next(Int32Array.of(0));
  const step = async (): Promise<void> => {
    logits = await decoder.next(Int32Array.of(choose(logits)), logits);
    onToken();
  };
  await timeTokens(step, WARM_UP);
  await decoder.reset();
  const start = await timeTokens(step, TO);
  const memoryAtStart = memoryInUse();
  const rest = await timeTokens(step, tokens - TO);
  const memoryAtEnd = memoryInUse();
  await decoder.reset();
  const startAgain = await timeTokens(step, TO);
  await decoder.reset();
  const all = [...start, ...rest];
  const tokenMs = median(all);
  const near = median([...start.slice(FROM), ...startAgain.slice(FROM)]);
  const far = median(all.slice(FROM - TO));
  return {
    tokensPerSecond: 1000 / tokenMs,
    tokenMs,
    seconds: all.reduce((sum, ms) => sum + ms, 0) / 1000,
    first: { from: FROM, to: TO, tokenMs: near, memory: memoryAtStart },
    last: { from: tokens - (TO - FROM), to: tokens, tokenMs: far, memory: memoryAtEnd },
    lastOverFirst: far / near,
  };
}

/** Tokens that a softmax block must keep. */
const cacheLength = (tokens: number): number => Math.max(tokens, WARM_UP + 1);

/** Both sequences on one decoder; the caller disposes the engine. */
async function timeBoth(engine: Engine, model: Model, options: DecodeBenchOptions) {
  const { config, tokens, onProgress } = options;
  const decoder = Decoder.create(engine, model, 1, { cacheLength: cacheLength(tokens) });
  const rng = Rng.fromSeed(config.seed).derive('bench');
  const { vocabularySize } = model;
  const all = 2 * (WARM_UP + tokens + TO);
  let done = 0;
  const bench: Bench = { decoder, tokens, onToken: () => onProgress?.(++done, all) };
  const { temperature, topK, topP } = config.sample;
  const sampling = samplingOf({ temperature, topK: topK ?? 0, topP });
  const plain = await timePass(bench, () => rng.below(vocabularySize));
  const sampler = new Sampler(sampling);
  const drawMs: number[] = [];
  const sampled = await timePass(bench, (logits) => {
    const start = performance.now();
    const id = sampler.draw(logits, rng);
    drawMs.push(performance.now() - start);
    return id;
  });
  await decoder.dispose();
  const texts = await timeTexts({ engine, model, sampling, rng });
  return { plain, sampled, sampling, drawOverToken: median(drawMs) / plain.tokenMs, texts };
}

/**
 * Times decoding, token by token, of a config's model on random weights: near the start of a sequence and at
 * its end, with and without drawing tokens, and the memory in use at both places.
 *
 * @throws ConfigError for a config that does not make a model, EngineError when the engine does not work here.
 */
export async function benchDecode(options: DecodeBenchOptions): Promise<DecodeTiming> {
  const { config, tokens } = options;
  const engine = await createEngine(engineOptionsOf(config));
  const model = randomModel(config);
  const passes = await timeBoth(engine, model, options);
  const { compileSeconds } = engine;
  await engine.dispose();
  return {
    tokens,
    ...passes,
    parameters: model.parameterCount,
    stateBytes: model.stateBytes(cacheLength(tokens)),
    compileSeconds,
  };
}
