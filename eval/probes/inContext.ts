import type { TokenSet } from '../../data/index.js';
import type { Probe, ProbePicture, ProbeReport, ProbeResult, ProbeSubject } from '../contract.js';
import type { RatioSamples } from '../stats/bootstrap.js';
import { measure, type Part } from './measure.js';
import { partSums } from './partSums.js';
import { openingOf, passageLengths, phase, reachOf, storiesOf, tokenSetOf } from './sequences.js';

const NAME = 'in-context';
const UNIT = 'nats/token';

/** Parts that a story's places are cut into. */
const BANDS = 8;
/** The band that counts as early: after the formula that stories open with. */
const EARLY = [1];
/** The bands that count as late: the last quarter. */
const LATE = [6, 7];
const FEWEST_STORIES = 8;
const FEWEST_TOKENS = 32;
/** Most passages of each length. */
const PASSAGES = 64;

/** Sum of the samples of several parts. */
function together(parts: readonly RatioSamples[]): RatioSamples {
  const sum = (pick: (part: RatioSamples) => ArrayLike<number>): Float64Array => {
    const columns = parts.map(pick);
    return Float64Array.from(columns[0] ?? [], (_, i) =>
      columns.reduce((total, column) => total + (column[i] ?? 0), 0),
    );
  };
  return { numerators: sum((part) => part.numerators), denominators: sum((part) => part.denominators) };
}

function bandName(band: number, reach: number): string {
  // The place of the end of text is in no band.
  const last = Math.min(Math.ceil(((band + 1) * reach) / BANDS) - 1, reach - 2);
  return `position ${Math.ceil((band * reach) / BANDS)}-${last}`;
}

async function positions(subject: ProbeSubject): Promise<readonly ProbeResult[]> {
  const { validation, shape } = subject;
  const needs = { most: shape.sequenceLength, fewest: FEWEST_TOKENS, stories: FEWEST_STORIES };
  const reach = reachOf(validation, { probe: NAME, ...needs });
  // One token less, so that the story's end of text, which is not a token of it, fits the row.
  const openings = storiesOf(validation, reach).map((story) => openingOf(validation, story, reach - 1));
  const bands = await partSums(subject, tokenSetOf(openings, validation), NAME, BANDS, (batch) => (place) => {
    const position = batch.positions[place] ?? 0;
    return position < reach - 1 ? [Math.floor((position * BANDS) / reach)] : [];
  });
  const of = (indices: readonly number[]): RatioSamples => together(indices.flatMap((i) => bands[i] ?? []));
  const shared = { probe: NAME, unit: UNIT, rng: subject.rng.derive(NAME) };
  return [
    measure({
      ...shared,
      metric: 'lateMinusEarly',
      whole: { samples: of(LATE), minus: of(EARLY) },
      baselines: { uniform: 0 },
    }),
    measure({
      ...shared,
      metric: 'natsByPosition',
      whole: { samples: together(bands) },
      parts: bands.map((samples, band) => ({ name: bandName(band, reach), samples })),
      baselines: { uniform: Math.log(validation.vocabularySize) },
    }),
  ];
}

/** A passage and the two rows that hold it, by their places in the set. */
interface Passage {
  readonly story: number;
  readonly length: number;
}

interface Showings {
  readonly passages: readonly Passage[];
  /** Row 2 i is passage i twice, row 2 i + 1 another passage and then it. */
  readonly set: TokenSet;
}

function showings({ validation, shape, rng }: ProbeSubject): Showings {
  const order = rng.derive(NAME, 'passages').shuffle(storiesOf(validation, 1));
  const passages: Passage[] = [];
  const rows: Int32Array[] = [];
  for (const length of passageLengths(shape.sequenceLength)) {
    const long = new Set(storiesOf(validation, length));
    const chosen = order.filter((story) => long.has(story)).slice(0, PASSAGES);
    if (chosen.length < FEWEST_STORIES) continue;
    for (const [i, story] of chosen.entries()) {
      const own = openingOf(validation, story, length);
      const other = openingOf(validation, chosen[(i + 1) % chosen.length] ?? story, length);
      passages.push({ story, length });
      rows.push(Int32Array.of(...own, ...own), Int32Array.of(...other, ...own));
    }
  }
  return { passages, set: tokenSetOf(rows, validation) };
}

/** The three ways a passage is met. */
const CONDITIONS = ['firstShowing', 'secondShowing', 'afterAnother'] as const;
type Condition = (typeof CONDITIONS)[number];
type ByCondition = Readonly<Record<Condition, RatioSamples>>;

/** Picks from sums over rows those of each condition, a sample a passage. */
function byCondition([first, second]: readonly RatioSamples[], passages: number): ByCondition {
  const every = (samples: RatioSamples | undefined, offset: number): RatioSamples => {
    const pick = (values: ArrayLike<number> = []): Float64Array =>
      Float64Array.from({ length: passages }, (_, i) => values[2 * i + offset] ?? NaN);
    return { numerators: pick(samples?.numerators), denominators: pick(samples?.denominators) };
  };
  return { firstShowing: every(first, 0), secondShowing: every(second, 0), afterAnother: every(second, 1) };
}

/** The samples of passages of one length, or of all, a sample a story. */
function byStory(samples: RatioSamples, passages: readonly Passage[], length?: number): RatioSamples {
  const stories = [...new Set(passages.map(({ story }) => story))];
  const place = new Map(stories.map((story, i) => [story, i]));
  const sums = {
    numerators: new Float64Array(stories.length),
    denominators: new Float64Array(stories.length),
  };
  for (const [i, passage] of passages.entries()) {
    if (length !== undefined && passage.length !== length) continue;
    const at = place.get(passage.story) ?? -1;
    sums.numerators[at] = (sums.numerators[at] ?? 0) + (samples.numerators[i] ?? NaN);
    sums.denominators[at] = (sums.denominators[at] ?? 0) + (samples.denominators[i] ?? NaN);
  }
  return sums;
}

async function repetition(subject: ProbeSubject): Promise<readonly ProbeResult[]> {
  const { passages, set } = showings(subject);
  if (passages.length === 0) return [];
  const sums = await partSums(subject, set, NAME, 2, (batch) => (place) => {
    const length = passages[Math.floor((batch.stories[place] ?? 0) / 2)]?.length ?? 0;
    const position = batch.positions[place] ?? 0;
    // That a showing begins is not said, so its first token does not count.
    return position < 2 * length && position % length > 0 ? [Math.floor(position / length)] : [];
  });
  const conditions = byCondition(sums, passages.length);
  const lengths = [...new Set(passages.map(({ length }) => length))];
  const shared = { probe: NAME, unit: UNIT, rng: subject.rng.derive(NAME) };
  const result = (metric: string, of: Condition, minus?: Condition): ProbeResult => {
    const part = (length?: number): Omit<Part, 'name'> => ({
      samples: byStory(conditions[of], passages, length),
      ...(minus && { minus: byStory(conditions[minus], passages, length) }),
    });
    const parts = lengths.map((length) => ({ name: `length ${length}`, ...part(length) }));
    const uniform = minus ? 0 : Math.log(subject.validation.vocabularySize);
    return measure({ ...shared, metric, whole: part(), parts, baselines: { uniform } });
  };
  return [
    ...CONDITIONS.map((condition) => result(condition, condition)),
    result('secondMinusFirst', 'secondShowing', 'firstShowing'),
    result('secondMinusAnother', 'secondShowing', 'afterAnother'),
  ];
}

/** The number a slice's name ends with, or the middle of its range. */
function placeOf(name: string): number {
  const [first = NaN, last = first] = (name.split(' ')[1] ?? '').split('-').map(Number);
  return (first + last) / 2;
}

function curves(
  results: readonly ProbeResult[],
  metrics: readonly string[],
): {
  readonly name: string;
  readonly points: { x: number; y: number; low: number | null; high: number | null }[];
}[] {
  return results
    .filter(({ metric }) => metrics.includes(metric))
    .map(({ metric, slices }) => ({
      name: metric,
      points: slices.map(({ name, value, low, high }) => ({ x: placeOf(name), y: value, low, high })),
    }));
}

function pictures(results: readonly ProbeResult[]): ProbePicture[] {
  const y = 'nats per token';
  const title = 'Loss by place in the story, the same stories at every place';
  const [places, shown] = [curves(results, ['natsByPosition']), curves(results, CONDITIONS)];
  const position = { name: `${NAME}-position`, chart: { title, x: 'token of the story', y, series: places } };
  const again = {
    name: `${NAME}-showing`,
    chart: {
      title: 'Loss on a passage shown again',
      x: 'tokens of the passage',
      y,
      series: shown,
      logX: true,
    },
  };
  return [position, ...(shown.length > 0 ? [again] : [])].map((picture) => ({ kind: 'lines', ...picture }));
}

async function run(subject: ProbeSubject): Promise<ProbeReport> {
  const first = await positions(phase(subject, 0, 0.4));
  const second = await repetition(phase(subject, 0.4, 1));
  const results = [...first, ...second];
  const short = `no passage fits twice into rows of ${subject.shape.sequenceLength} tokens in enough stories, so none is shown again`;
  return { results, pictures: pictures(results), ...(second.length === 0 && { notes: [short] }) };
}

/**
 * What the context is worth to the model.
 *
 *   lateMinusEarly   = nats at places [3/4, 1) of the reach - nats at places [1/8, 1/4), in the same stories
 *   secondMinusFirst = nats of a passage right after itself - nats of it at the start of the row
 *   secondMinusAnother = the same against the passage after another story's passage of its length
 *
 * The reach is the row's length, halved until at least 8 stories are as long. Passages are the beginnings of
 * stories; the first token of a showing does not count. Intervals resample stories.
 */
export const inContext: Probe = {
  name: NAME,
  title: 'in-context learning: loss late against early, and on a passage shown again',
  source:
    'Late minus early: Olsson et al. 2022, arXiv:2209.11895 (there token 500 minus token 50), here bands of a ' +
    'row and the same stories in both. Repeated passages: as defined here.',
  run,
};
