import { storyCount, storyLength, takeStories } from '../../data/index.js';
import { DataError } from '../../src/core/errors.js';
import type { Finding, Probe, ProbePicture, ProbeReport, ProbeResult, ProbeSubject } from '../contract.js';
import type { RatioSamples } from '../stats/bootstrap.js';
import { measure, type Part } from './measure.js';
import { partSums } from './partSums.js';
import { phase } from './sequences.js';

const NAME = 'span';

/** Fewest tokens that are left to the model, the shortest first; it has less than twice as many. */
const SPANS = [8, 32, 128];
/** Most stories that are scored. */
const STORIES = 100;

const spanName = (span: number): string => `last ${span}-${2 * span - 1} tokens`;

/** Nats of the tokens of each story that have more before them than each span, read in rows of a length. */
async function natsInRows(
  subject: ProbeSubject,
  length: number,
  spans: readonly number[],
): Promise<readonly RatioSamples[]> {
  const { batchSize, sequenceLength } = subject.shape;
  // As many tokens at once, so that the shorter rows take no longer.
  const shape = {
    batchSize: batchSize * Math.max(1, Math.floor(sequenceLength / length)),
    sequenceLength: length,
  };
  return partSums({ ...subject, shape }, subject.validation, NAME, spans.length, (batch) => (place) => {
    const position = batch.positions[place] ?? 0;
    return spans.flatMap((span, i) => (position >= 2 * span ? [i] : []));
  });
}

function summaryOf({ value, low, high, slices }: ProbeResult): Finding {
  const [, far] = slices;
  const number = (of: number): string => `${of < 0 ? '−' : ''}${Math.abs(of).toFixed(3)}`;
  const interval = low === null || high === null ? '' : ` [${number(low)}, ${number(high)}]`;
  const [first = 0] = SPANS;
  const back = `more than ${2 * first} tokens back`;
  if (low === null || low <= 0) {
    return {
      topic: 'memory',
      text: `no use yet of what is ${back}: worth ${number(value)} nats per token${interval}`,
    };
  }
  const further = far ? `; of that, more than ${2 * (SPANS[1] ?? 0)} back ${number(far.value)}` : '';
  return {
    topic: 'memory',
    text: `what it remembers from ${back} is worth ${number(value)} nats per token${interval}${further}`,
  };
}

function pictureOf({ slices }: ProbeResult, spans: readonly number[]): ProbePicture {
  const points = slices.map(({ value, low, high }, i) => ({ x: spans[i] ?? NaN, y: value, low, high }));
  const chart = {
    title: 'What a longer memory is worth',
    x: 'tokens left to the model, at least',
    y: 'nats per token lost',
    series: [{ name: 'lost', points }],
    references: [{ axis: 'y' as const, value: 0, label: 'nothing lost' }],
    logX: true,
  };
  return { name: `${NAME}-loss`, kind: 'lines', chart };
}

async function run(subject: ProbeSubject): Promise<ProbeReport> {
  const { shape } = subject;
  const validation = takeStories(subject.validation, STORIES);
  const lengths = Array.from({ length: storyCount(validation) }, (_, story) =>
    storyLength(validation, story),
  );
  const spans = SPANS.filter(
    (span) => 2 * span < shape.sequenceLength && lengths.some((tokens) => tokens > 2 * span),
  );
  if (spans.length === 0) {
    throw new DataError(
      `probe ${NAME}: expected rows and stories of more than ${2 * (SPANS[0] ?? 0)} tokens, got rows of ${shape.sequenceLength} and stories of at most ${Math.max(...lengths)}; name longer stories with --data`,
    );
  }
  const passes = spans.length + 1;
  const whole = await natsInRows(
    phase({ ...subject, validation }, 0, 1 / passes),
    shape.sequenceLength,
    spans,
  );
  const parts: Part[] = [];
  for (const [i, span] of spans.entries()) {
    const own = phase({ ...subject, validation }, (i + 1) / passes, (i + 2) / passes);
    const [samples] = await natsInRows(own, 2 * span, [span]);
    const minus = whole[i];
    if (samples && minus) parts.push({ name: spanName(span), samples, minus });
  }
  const [first] = parts;
  if (!first) throw new Error(`probe ${NAME}: expected a result for each span, got none`);
  const result = measure({
    probe: NAME,
    metric: 'lostNats',
    unit: 'nats/token',
    whole: first,
    parts,
    baselines: { 'no memory': 0 },
    rng: subject.rng.derive(NAME),
  });
  return { results: [result], summary: [summaryOf(result)], pictures: [pictureOf(result, spans)] };
}

/**
 * How far back the model remembers: what it loses when it sees the last tokens of a story alone.
 *
 *   lostNats = nats with the last s to 2 s - 1 tokens - nats with all of the row,   s = 8, 32, 128
 *
 * Of the tokens that have at least 2 s before them in their story; the whole is s = 8. Windows begin in the middle of
 * a story, as the rows of training do. On the first 100 stories; intervals resample stories.
 */
export const span: Probe = {
  name: NAME,
  title: 'how far back the model remembers: loss with the last tokens alone',
  source: 'As defined here; after the context ablations of Khandelwal et al. 2018, arXiv:1805.04623.',
  run,
};
