import type { TokenSet } from '../../data/index.js';
import { DataError } from '../../src/core/errors.js';
import type { Rng } from '../../src/core/rng.js';
import type { Probe, ProbePicture, ProbeReport, ProbeResult, ProbeSubject } from '../contract.js';
import type { RatioSamples } from '../stats/bootstrap.js';
import { measure, type Part } from './measure.js';
import { scoreAsks, type AskedRow, type AskScore } from './scoreAsks.js';
import { passageLengths } from './sequences.js';

const NAME = 'copy';

/** Sequences of each setting. */
const SAMPLES = 64;
/** Tokens of the sequences whose distance varies. */
const SHORT = 16;

/** What is shown twice: how many tokens, and from the start of the first showing to that of the second. */
interface Setting {
  readonly length: number;
  readonly distance: number;
}

/** Powers of two above the shortest distance that fit a row, and the longest. */
function distancesOf(row: number): number[] {
  const longest = row - SHORT;
  const powers = Array.from({ length: 32 }, (_, i) => SHORT * 2 ** (i + 1)).filter(
    (distance) => distance * 1.25 <= longest,
  );
  return longest <= SHORT ? [] : [...powers, longest];
}

function settingsOf(row: number): Setting[] {
  return [
    ...passageLengths(row).map((length) => ({ length, distance: length })),
    ...distancesOf(row).map((distance) => ({ length: SHORT, distance })),
  ];
}

/**
 * Two rows that end in the same tokens x: `endOfText, x, random tokens, x`, and `endOfText, random tokens, x` of the
 * same length. All of the last x but its first token is asked for.
 */
export function copyRows(set: TokenSet, { length, distance }: Setting, rng: Rng): [AskedRow, AskedRow] {
  const draw = (): number => set.tokens[rng.below(set.tokens.length)] ?? 0;
  const random = (): number[] => Array.from({ length: distance }, draw);
  const shown = random();
  const again = shown.slice(0, length);
  const asks = again.map((target, i) => ({ place: distance + i, target })).slice(1);
  const row = (before: readonly number[]): AskedRow => ({
    inputs: [set.endOfText, ...before, ...again.slice(0, -1)],
    asks,
  });
  return [row(shown), row(random())];
}

/** The model that always predicts the frequencies of the validation tokens. */
export function unigram(tokens: ArrayLike<number>): { readonly accuracy: number; readonly nats: number } {
  const counts = new Map<number, number>();
  for (const token of Array.from(tokens)) counts.set(token, (counts.get(token) ?? 0) + 1);
  const shares = Array.from(counts.values(), (count) => count / tokens.length);
  return { accuracy: Math.max(...shares), nats: shares.reduce((sum, p) => sum - p * Math.log(p), 0) };
}

type Scores = readonly (readonly AskScore[])[];

/** The samples of one quantity in the rows that repeat, or in those that do not; a sample a pair of rows. */
function samplesOf(scores: Scores, kind: 'repeated' | 'fresh', quantity: keyof AskScore): RatioSamples {
  const rows = scores.filter((_, i) => i % 2 === (kind === 'repeated' ? 0 : 1));
  return {
    numerators: rows.map((row) => row.reduce((total, score) => total + score[quantity], 0)),
    denominators: rows.map((row) => row.length),
  };
}

function partName({ length, distance }: Setting): string {
  return length === distance ? `length ${length}` : `distance ${distance}`;
}

function resultsOf(
  { rng, validation }: ProbeSubject,
  settings: readonly Setting[],
  scores: Scores,
): ProbeResult[] {
  const of = (pick: (rows: Scores) => Omit<Part, 'name'>) => ({
    whole: pick(scores),
    parts: settings.map((setting, i) => {
      return { name: partName(setting), ...pick(scores.slice(i * 2 * SAMPLES, (i + 1) * 2 * SAMPLES)) };
    }),
  });
  const known = unigram(validation.tokens);
  const nats = { uniform: Math.log(validation.vocabularySize), unigram: known.nats };
  const accuracy = { uniform: 1 / validation.vocabularySize, unigram: known.accuracy };
  const shared = { probe: NAME, unit: 'nats/token', rng: rng.derive(NAME) };
  return [
    measure({
      ...shared,
      metric: 'accuracy',
      unit: 'of tokens',
      baselines: accuracy,
      ...of((rows) => ({ samples: samplesOf(rows, 'repeated', 'hit') })),
    }),
    measure({
      ...shared,
      metric: 'secondShowing',
      baselines: nats,
      ...of((rows) => ({ samples: samplesOf(rows, 'repeated', 'nats') })),
    }),
    measure({
      ...shared,
      metric: 'secondMinusFresh',
      baselines: { uniform: 0, unigram: 0 },
      ...of((rows) => ({
        samples: samplesOf(rows, 'repeated', 'nats'),
        minus: samplesOf(rows, 'fresh', 'nats'),
      })),
    }),
  ];
}

function pictureOf({ slices, baselines = {} }: ProbeResult): ProbePicture {
  const series = ['length', 'distance'].map((kind) => ({
    name: kind === 'length' ? 'repeated at once' : `${SHORT} tokens, others between`,
    points: slices
      .filter(({ name }) => name.startsWith(kind))
      .map(({ name, value, low, high }) => ({ x: Number(name.split(' ')[1]), y: value, low, high })),
  }));
  const chart = {
    title: 'Random tokens shown again: predicted right',
    x: 'tokens since the first showing',
    y: 'share of tokens',
    logX: true,
    series: series.filter(({ points }) => points.length > 0),
    references: [{ axis: 'y' as const, value: baselines.unigram ?? 0, label: 'most frequent token' }],
  };
  return { name: `${NAME}-accuracy`, kind: 'lines', chart };
}

async function run(subject: ProbeSubject): Promise<ProbeReport> {
  const { validation, shape } = subject;
  const rng = subject.rng.derive(NAME, 'sequences');
  const settings = settingsOf(shape.sequenceLength);
  if (settings.length === 0 || validation.tokens.length === 0) {
    throw new DataError(
      `probe ${NAME}: expected rows of at least 17 tokens and validation stories to draw tokens from, got rows of ${shape.sequenceLength} and ${validation.tokens.length} tokens; name other data with --data or a model trained on longer rows`,
    );
  }
  const rows = settings.flatMap((setting) =>
    Array.from({ length: SAMPLES }, (_, i) =>
      copyRows(validation, setting, rng.derive(setting.length, setting.distance, i)),
    ).flat(),
  );
  const results = resultsOf(subject, settings, await scoreAsks(subject, rows, NAME));
  return { results, pictures: results.slice(0, 1).map(pictureOf) };
}

/**
 * Whether the model can repeat what makes no sense: random tokens, shown twice.
 *
 *   accuracy         = share of the second showing's tokens that are the most probable one
 *   secondMinusFresh = nats of the second showing - nats of the same tokens after other random tokens
 *
 * Tokens are drawn from those of the validation stories. `length n`: n tokens shown again at once;
 * `distance d`: 16 tokens shown again d tokens after the first showing began, other random tokens between.
 * The first token of the second showing does not count. Intervals resample sequences.
 */
export const copy: Probe = {
  name: NAME,
  title: 'copying: random token sequences shown twice',
  source:
    'Olsson et al. 2022, arXiv:2209.11895 (repeated random tokens as the test of induction). Deviation: tokens ' +
    'by their frequency in the stories, not uniform.',
  run,
};
