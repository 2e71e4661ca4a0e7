import { counted } from '../../src/core/text.js';
import type { Finding, Probe, ProbeReport, ProbeResult, ProbeSlice, ProbeSubject } from '../contract.js';
import { bootstrapRatios, type Interval, type RatioSamples } from '../stats/bootstrap.js';
import { storyCount, storyLength, type TokenSet } from '../../data/index.js';
import { ngramNats } from '../ngram.js';
import { tokenNats, type ScoredBatch } from './tokenNats.js';

/** Places of a story from `first` to `last`, both counted from 0 and included. */
interface PositionBucket {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

/** The bucket of a place: 0, then 1, 2-3, 4-7, 8-15, ... */
export function bucketOf(position: number): number {
  return position === 0 ? 0 : 1 + Math.floor(Math.log2(position));
}

/** The buckets that hold the places 0 to `longest` - 1. */
export function positionBuckets(longest: number): readonly PositionBucket[] {
  const count = longest < 1 ? 0 : bucketOf(longest - 1) + 1;
  return Array.from({ length: count }, (_, i) => {
    const [first, last] = i === 0 ? [0, 0] : [2 ** (i - 1), 2 ** i - 1];
    return { name: first === last ? `position ${first}` : `position ${first}-${last}`, first, last };
  });
}

/** Nats and targets of every story of a set; index i is story i. */
interface StoryNats {
  readonly nats: Float64Array;
  /** Targets scored: the story's tokens and its end of text. */
  readonly targets: Float64Array;
  /** The same, of the targets at the places of each bucket. */
  readonly buckets: readonly {
    readonly bucket: PositionBucket;
    readonly nats: Float64Array;
    readonly targets: Float64Array;
  }[];
}

function emptySums(set: TokenSet): StoryNats {
  const stories = storyCount(set);
  let longest = 0;
  for (let story = 0; story < stories; story++) longest = Math.max(longest, storyLength(set, story) + 1);
  const column = (): Float64Array => new Float64Array(stories);
  const buckets = positionBuckets(longest).map((bucket) => ({ bucket, nats: column(), targets: column() }));
  return { nats: column(), targets: column(), buckets };
}

/** Adds the scored targets of one batch. */
function addBatch(sums: StoryNats, { batch, nats }: ScoredBatch): void {
  batch.lossMask.forEach((weight, i) => {
    if (weight === 0) return;
    const [story, value] = [batch.stories[i] ?? -1, nats[i] ?? NaN];
    const part = sums.buckets[bucketOf(batch.positions[i] ?? 0)];
    for (const { nats: sum, targets } of part ? [sums, part] : [sums]) {
      sum[story] = (sum[story] ?? 0) + value;
      targets[story] = (targets[story] ?? 0) + 1;
    }
  });
}

/**
 * Nats of every validation story under the model, each story from its own start.
 *
 *   nats_s = - sum over t of ln p(x_t | endOfText, x_1 .. x_{t-1})
 *
 * A story longer than a row is scored in overlapping windows; see `validationBatches`.
 * Units: nats.
 * @throws NonFiniteError when the model has diverged.
 */
async function storyNats(subject: ProbeSubject, probe: string): Promise<StoryNats> {
  const sums = emptySums(subject.validation);
  for await (const scored of tokenNats(subject, subject.validation, probe)) addBatch(sums, scored);
  return sums;
}

const NAME = 'lm';

/** The interval of exp(x): the bootstrap keeps its coverage under a map that grows. */
function exponential({ value, low, high }: Interval): Interval {
  return {
    value: Math.exp(value),
    low: low === null ? null : Math.exp(low),
    high: high === null ? null : Math.exp(high),
  };
}

function countAbove0(values: Float64Array): number {
  return values.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
}

function slicesOf({ buckets }: StoryNats, intervals: readonly Interval[]): ProbeSlice[] {
  return buckets.flatMap(({ bucket, targets }, i) => {
    const interval = intervals[i];
    return interval ? [{ name: bucket.name, ...interval, n: countAbove0(targets) }] : [];
  });
}

/** Nats per target of models that know less: no text, or short stretches of the training text. */
async function baselinesOf(
  { training, validation }: ProbeSubject,
  targets: number,
): Promise<Readonly<Record<string, number>>> {
  const ngrams = training ? ngramNats(await training(), validation) : [];
  const known = ngrams.map(({ name, nats }) => [name, nats / targets] as const);
  return { uniform: Math.log(validation.vocabularySize), ...Object.fromEntries(known) };
}

function mapped(
  values: Readonly<Record<string, number>>,
  change: (value: number) => number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

const short = (value: number): string => value.toFixed(3);

function summaryOf({ value, low, high, n, baselines = {} }: ProbeResult): Finding {
  const interval = low === null || high === null ? '' : ` [${short(low)}, ${short(high)}]`;
  const others = Object.entries(baselines).map(([name, nats]) => `${name} ${short(nats)}`);
  return {
    topic: 'loss',
    text: `${short(value)}${interval} nats per token on ${counted(n, 'story')}; on the same stories ${others.join(', ')}`,
  };
}

async function run(subject: ProbeSubject): Promise<ProbeReport> {
  const { validation } = subject;
  const sums = await storyNats(subject, NAME);
  const bits = { numerators: sums.nats.map((nats) => nats / Math.LN2), denominators: validation.storyBytes };
  const natsPer = (part: { nats: Float64Array; targets: Float64Array }): RatioSamples => ({
    numerators: part.nats,
    denominators: part.targets,
  });
  const ratios = [natsPer(sums), bits, ...sums.buckets.map(natsPer)];
  const [nats, bytes, ...slices] = bootstrapRatios(ratios, { rng: subject.rng.derive(NAME) });
  const none: Interval = { value: NaN, low: null, high: null };
  const targets = sums.targets.reduce((sum, count) => sum + count, 0);
  const baselines = await baselinesOf(subject, targets);
  const bitsOf = (perTarget: number): number => (perTarget * targets) / Math.LN2 / validation.bytes;
  const result = (metric: string, unit: string, interval: Interval): ProbeResult => {
    return { probe: NAME, metric, unit, ...interval, n: sums.nats.length, slices: [] };
  };
  const natsPerToken = {
    ...result('natsPerToken', 'nats/token', nats ?? none),
    slices: slicesOf(sums, slices),
    baselines,
  };
  const results = [
    natsPerToken,
    { ...result('perplexity', 'tokens', exponential(nats ?? none)), baselines: mapped(baselines, Math.exp) },
    { ...result('bitsPerByte', 'bits/byte', bytes ?? none), baselines: mapped(baselines, bitsOf) },
  ];
  return { results, summary: [summaryOf(natsPerToken)] };
}

/**
 * How well the model predicts stories it has not seen.
 *
 *   natsPerToken = sum over stories of nats / sum of targets (tokens and one end of text per story)
 *   perplexity   = exp(natsPerToken), the number of equally likely tokens with the same loss
 *   bitsPerByte  = sum over stories of nats / ln 2 / sum of their UTF-8 bytes
 *
 * Baselines: the same targets under `uniform` and, where the training text is known, under n-gram models of it
 * (`ngramNats`). Intervals resample whole stories; `n` is the number of stories. The slices are nats per token by the position
 * of the token in its story, with `n` the stories that reach it.
 */
export const lm: Probe = {
  name: NAME,
  title: 'language modelling: loss on unseen stories, by position in the story',
  source:
    'Cross-entropy, perplexity, and bits per byte, which does not depend on the tokenizer; intervals by the BCa ' +
    'bootstrap over stories (Efron 1987).',
  run,
};
