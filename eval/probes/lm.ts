import type { Probe, ProbeReport, ProbeSlice, ProbeSubject } from '../contract.js';
import { bootstrapRatios, type Interval, type RatioSamples } from '../stats/bootstrap.js';
import { storyNats, type StoryNats } from './storyNats.js';

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

async function run(subject: ProbeSubject): Promise<ProbeReport> {
  const sums = await storyNats(subject, NAME);
  const bits = {
    numerators: sums.nats.map((nats) => nats / Math.LN2),
    denominators: subject.validation.storyBytes,
  };
  const natsPer = (part: { nats: Float64Array; targets: Float64Array }): RatioSamples => ({
    numerators: part.nats,
    denominators: part.targets,
  });
  const ratios = [natsPer(sums), bits, ...sums.buckets.map(natsPer)];
  const [nats, bytes, ...slices] = bootstrapRatios(ratios, { rng: subject.rng.derive(NAME) });
  const none: Interval = { value: NaN, low: null, high: null };
  const shared = { probe: NAME, n: sums.nats.length };
  const natsPerToken = {
    ...shared,
    metric: 'natsPerToken',
    unit: 'nats/token',
    ...(nats ?? none),
    slices: slicesOf(sums, slices),
    baselines: { uniform: Math.log(subject.validation.vocabularySize) },
  };
  const perplexity = {
    ...shared,
    metric: 'perplexity',
    unit: 'tokens',
    ...exponential(nats ?? none),
    slices: [],
    baselines: { uniform: subject.validation.vocabularySize },
  };
  const bitsPerByte = { ...shared, metric: 'bitsPerByte', unit: 'bits/byte', ...(bytes ?? none), slices: [] };
  return { results: [natsPerToken, perplexity, bitsPerByte] };
}

/**
 * How well the model predicts stories it has not seen.
 *
 *   natsPerToken = sum over stories of nats / sum of targets (tokens and one end of text per story)
 *   perplexity   = exp(natsPerToken), the number of equally likely tokens with the same loss
 *   bitsPerByte  = sum over stories of nats / ln 2 / sum of their UTF-8 bytes
 *
 * Intervals resample whole stories; `n` is the number of stories. The slices are nats per token by the position
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
