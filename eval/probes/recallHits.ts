import { storyCount, storyTokens, type TokenSet, type ValidationBatch } from '../../data/index.js';
import { DataError } from '../../src/core/errors.js';
import type { Probe, ProbePicture, ProbeReport, ProbeResult, ProbeSubject } from '../contract.js';
import type { RatioSamples } from '../stats/bootstrap.js';
import { measure, type Part } from './measure.js';
import { partSums } from './partSums.js';

const NAME = 'recall-hits';
const UNIT = 'nats/token';

/** A target whose pair with the token before it stood earlier in the same document of the row. */
interface Hit {
  /** Tokens since the pair last stood there. */
  readonly distance: number;
  /** Place in the batch of the pair's first occurrence. */
  readonly first: number;
}

/**
 * The targets that repeat an earlier pair (token before, token) of their document, by their place in the batch.
 *
 * Source: Arora et al. 2023, arXiv:2312.04927, section 3 ("AR hits").
 */
export function findHits({
  batchSize,
  sequenceLength,
  inputs,
  targets,
  documents,
}: Pick<ValidationBatch, 'batchSize' | 'sequenceLength' | 'inputs' | 'targets' | 'documents'>): ReadonlyMap<
  number,
  Hit
> {
  const hits = new Map<number, Hit>();
  for (let row = 0; row < batchSize; row++) {
    const seen = new Map<string, { first: number; last: number }>();
    for (let place = row * sequenceLength; place < (row + 1) * sequenceLength; place++) {
      const pair = `${documents[place]}:${inputs[place]}:${targets[place]}`;
      const before = seen.get(pair);
      if (before) hits.set(place, { distance: place - before.last, first: before.first });
      seen.set(pair, { first: before?.first ?? place, last: place });
    }
  }
  return hits;
}

/** In how many stories of a set each pair of neighbouring tokens stands, the ends of text around a story included. */
export function pairStories(set: TokenSet): ReadonlyMap<string, number> {
  const stories = new Map<string, number>();
  for (let story = 0; story < storyCount(set); story++) {
    const tokens = [set.endOfText, ...storyTokens(set, story), set.endOfText];
    const pairs = new Set(tokens.slice(1).map((token, i) => `${tokens[i]}:${token}`));
    for (const pair of pairs) stories.set(pair, (stories.get(pair) ?? 0) + 1);
  }
  return stories;
}

/** A range of whole numbers, both ends included. */
interface Range {
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

const DISTANCES: readonly Range[] = [
  { name: 'distance 1-15', least: 1, most: 15 },
  { name: 'distance 16-31', least: 16, most: 31 },
  { name: 'distance 32-63', least: 32, most: 63 },
  { name: 'distance 64-127', least: 64, most: 127 },
  { name: 'distance 128 and more', least: 128, most: Infinity },
];

/** Other stories of the set that hold the pair: few mean that it is learned here rather than known. */
const RARITIES: readonly Range[] = [
  { name: 'in no other story', least: 0, most: 0 },
  { name: 'in 1-3 other stories', least: 1, most: 3 },
  { name: 'in 4-15 other stories', least: 4, most: 15 },
  { name: 'in 16 or more', least: 16, most: Infinity },
];

const RANGES = [...DISTANCES, ...RARITIES];

function within({ least, most }: Range, value: number): boolean {
  return value >= least && value <= most;
}

/** Parts of the sums: all hits, their first occurrences, the rest, then hits and rest or firsts by range. */
const HIT = 0;
const FIRST = 1;
const REST = 2;
const HIT_RANGE = 3;
/** What hits of a range are held against: first occurrences by distance, the rest of the same rarity. */
const AGAINST_RANGE = HIT_RANGE + RANGES.length;
const PARTS = AGAINST_RANGE + RANGES.length;

/** Parts of each target of a batch; a place counts once for every hit that it is the first occurrence of. */
function partsOfBatch(batch: ValidationBatch, stories: ReadonlyMap<string, number>) {
  const hits = findHits(batch);
  const parts = Array.from({ length: batch.inputs.length }, (): number[] => []);
  for (const [place, own] of parts.entries()) {
    const others = (stories.get(`${batch.inputs[place]}:${batch.targets[place]}`) ?? 1) - 1;
    const rarity = DISTANCES.length + RARITIES.findIndex((range) => within(range, others));
    const hit = hits.get(place);
    if (!hit) own.push(REST, AGAINST_RANGE + rarity);
    else if (batch.lossMask[place] !== 0) {
      const distance = DISTANCES.findIndex((range) => within(range, hit.distance));
      own.push(HIT, HIT_RANGE + rarity, HIT_RANGE + distance);
      parts[hit.first]?.push(FIRST, AGAINST_RANGE + distance);
    }
  }
  return (place: number): readonly number[] => parts[place] ?? [];
}

function shareOf(hits: RatioSamples, rest: RatioSamples): RatioSamples {
  const counts = Float64Array.from(hits.denominators);
  return { numerators: counts, denominators: counts.map((count, i) => count + (rest.denominators[i] ?? 0)) };
}

function resultsOf(sums: readonly RatioSamples[], { rng, validation }: ProbeSubject): ProbeResult[] {
  const none = { numerators: [], denominators: [] };
  const at = (part: number): RatioSamples => sums[part] ?? none;
  const shared = { probe: NAME, unit: UNIT, rng: rng.derive(NAME) };
  const uniform = { uniform: Math.log(validation.vocabularySize) };
  const parts = (pick: (i: number) => Omit<Part, 'name'>, from: number, ranges: readonly Range[]): Part[] =>
    ranges.map(({ name }, i) => ({ name, ...pick(from + i) }));
  const hitsOnly = (i: number): Omit<Part, 'name'> => ({ samples: at(HIT_RANGE + i) });
  const against = (i: number): Omit<Part, 'name'> => ({
    ...hitsOnly(i),
    minus: at(AGAINST_RANGE + i),
  });
  const rarities = DISTANCES.length;
  return [
    measure({
      ...shared,
      metric: 'hitNats',
      whole: { samples: at(HIT) },
      baselines: uniform,
      parts: parts(hitsOnly, 0, RANGES),
    }),
    measure({ ...shared, metric: 'otherNats', whole: { samples: at(REST) }, baselines: uniform }),
    measure({
      ...shared,
      metric: 'hitMinusOther',
      whole: { samples: at(HIT), minus: at(REST) },
      parts: parts(against, rarities, RARITIES),
      baselines: { uniform: 0 },
    }),
    measure({
      ...shared,
      metric: 'hitMinusFirst',
      whole: { samples: at(HIT), minus: at(FIRST) },
      parts: parts(against, 0, DISTANCES),
      baselines: { uniform: 0 },
    }),
    measure({
      ...shared,
      metric: 'hitShare',
      unit: 'of tokens',
      whole: { samples: shareOf(at(HIT), at(REST)) },
    }),
  ];
}

function pictureOf(results: readonly ProbeResult[]): ProbePicture[] {
  const slices = results.find(({ metric }) => metric === 'hitMinusFirst')?.slices ?? [];
  const points = slices.map(({ name, value, low, high }) => {
    return { x: DISTANCES.find((range) => range.name === name)?.least ?? NaN, y: value, low, high };
  });
  const chart = {
    title: 'Loss on a repeated pair, less the loss on its first occurrence',
    x: 'tokens since the pair last stood, at least',
    y: 'nats per token',
    logX: true,
    series: [{ name: 'hitMinusFirst', points }],
    references: [{ axis: 'y' as const, value: 0, label: 'no recall' }],
  };
  return points.length > 0 ? [{ name: `${NAME}-distance`, kind: 'lines', chart }] : [];
}

async function run(subject: ProbeSubject): Promise<ProbeReport> {
  const { validation } = subject;
  const stories = pairStories(validation);
  const sums = await partSums(subject, validation, NAME, PARTS, (batch) => partsOfBatch(batch, stories));
  if (!sums[HIT]?.denominators || Array.from(sums[HIT].denominators).every((count) => count === 0)) {
    throw new DataError(
      `probe ${NAME}: expected validation stories that repeat a pair of tokens, got none in ${storyCount(validation)}; name more or longer stories with --data`,
    );
  }
  const results = resultsOf(sums, subject);
  return { results, pictures: pictureOf(results) };
}

/**
 * Loss where memory can help: on tokens that repeat an earlier pair of their story, against the rest.
 *
 *   hit: (token before, token) stood earlier in the same story and row
 *   hitMinusOther = nats of hits - nats of the rest;   by how many other stories hold the pair
 *   hitMinusFirst = nats of hits - nats of the same pairs where they first stood;   by distance
 *
 * Rare pairs are the better evidence: frequent ones are known from training. Intervals resample stories.
 */
export const recallHits: Probe = {
  name: NAME,
  title: 'recall in stories: loss on tokens that repeat an earlier pair, against the rest',
  source:
    'Arora et al. 2023, arXiv:2312.04927, section 3. Deviation: rarity is counted in the validation stories, not ' +
    'in the training text; the comparison with the first occurrence is ours.',
  run,
};
