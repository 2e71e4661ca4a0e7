import { NonFiniteError } from '../../src/core/errors.js';
import { tf, type Tensor, type Tensor2D } from '../../src/core/tf.js';
import { mean } from '../../src/core/numbers.js';
import type { Model } from '../../src/model/model.js';
import { memoryInputs, type MemoryInputs } from '../../src/model/traces.js';
import type { RuleState, SequenceInput } from '../../src/rules/contract.js';
import { ofEachWrite, writesOf } from '../../src/rules/inputs.js';
import { runSequence } from '../../src/rules/run/runRule.js';
import type { Probe, ProbeReport, ProbeResult, ProbeSubject } from '../contract.js';
import { memoryNames, skippedLayers } from './heads.js';
import { coursesOf, readHead, statePictures, topShare, type HeadReading } from './headReading.js';
import { measure, valuesAsRatios, type Part } from './measure.js';
import { openingOf, reachOf, storiesOf } from './sequences.js';

const NAME = 'state';

/** Most stories read. */
const STORIES = 32;
/** Stories read at once. */
const ROWS = 8;
const FEWEST_STORIES = 4;
const FEWEST_TOKENS = 8;

/** Tokens after which the memory is looked at: powers of two from 8 to all of them. */
function readingsOf(reach: number): number[] {
  const powers = Array.from({ length: 32 }, (_, i) => 2 ** (i + 3));
  return [...powers.filter((tokens) => tokens < reach), reach];
}

/** The tokens from `first` up to, not including, `last`. */
function between(input: SequenceInput, first: number, last: number): SequenceInput {
  const cut = (x: Tensor): Tensor => {
    const size = [...x.shape];
    size[2] = last - first;
    return tf.slice(
      x,
      x.shape.map((_, axis) => (axis === 2 ? first : 0)),
      size,
    );
  };
  const signals = Object.entries(input.signals).map(([name, x]) => [name, cut(x)] as const);
  return {
    q: cut(input.q),
    k: cut(input.k),
    v: cut(input.v),
    signals: Object.fromEntries(signals),
    ...(input.logDecay && { logDecay: cut(input.logDecay) }),
  };
}

/** The memory after each of the readings, `[B,H,V,K]`. */
function statesAt({ memory, input }: MemoryInputs, readings: readonly number[]): Tensor[] {
  let state: RuleState | undefined;
  return readings.map((last, i) => {
    const part = between(input, readings[i - 1] ?? 0, last);
    const { rule, ruleParams, chunkSize } = memory;
    state = runSequence(rule, state, part, ruleParams, { chunkSize }).state;
    return state.S;
  });
}

/** The keys `[B,H,T,K]`, of several writes the first. */
function firstKeys({ memory, input }: MemoryInputs): Tensor {
  return ofEachWrite(input.k, writesOf(memory.rule, memory.ruleParams))[0] ?? input.k;
}

/** By layer: the keys `[B,H,T,K]` and the memory at each reading. */
function traceFunction(model: Model, readings: readonly number[]) {
  return (ids: Tensor2D): Record<string, Tensor> =>
    Object.fromEntries(
      memoryInputs(model, ids).flatMap((head) => [
        [`${head.layer}.k`, firstKeys(head)],
        ...statesAt(head, readings).map((S, i) => [`${head.layer}.S.${i}`, S] as const),
      ]),
    );
}

/** The readings of every memory of a layer `[B,M,..]`, by memory and story, from its keys and states. */
async function readLayer(keys: Tensor, states: readonly Tensor[]): Promise<HeadReading[][]> {
  const [B = 0, M = 0, , K = 0] = keys.shape;
  const k = await keys.data<'float32'>();
  const S = await Promise.all(states.map((x) => x.data<'float32'>()));
  const own = (x: Float32Array, row: number, m: number): Float32Array => {
    const size = x.length / (B * M);
    return x.subarray((row * M + m) * size, (row * M + m + 1) * size);
  };
  return Array.from({ length: M }, (_, m) =>
    Array.from({ length: B }, (__, row) =>
      readHead(
        S.map((x) => own(x, row, m)),
        own(k, row, m),
        K,
      ),
    ),
  );
}

/** The readings of every memory of the model, by memory and story, from what was traced of one batch. */
async function readBatch(
  traced: Readonly<Record<string, Tensor>>,
  model: Model,
  readings: number,
): Promise<HeadReading[][]> {
  const found: HeadReading[][] = [];
  for (const layer of model.layers.keys()) {
    const keys = traced[`${layer}.k`];
    const states = Array.from({ length: readings }, (_, i) => traced[`${layer}.S.${i}`] ?? []).flat();
    if (keys) found.push(...(await readLayer(keys, states)));
  }
  return found;
}

async function readStories(
  { engine, model, validation, onProgress }: ProbeSubject,
  stories: readonly number[],
  readings: readonly number[],
): Promise<HeadReading[][]> {
  const reach = readings.at(-1) ?? 0;
  const trace = engine.compile(traceFunction(model, readings), { variables: model.variables, name: NAME });
  const heads: HeadReading[][] = memoryNames(model).map(() => []);
  try {
    for (let first = 0; first < stories.length; first += ROWS) {
      const rows = stories.slice(first, first + ROWS);
      // Rows that a last batch lacks are filled with its first, so that one size is compiled.
      const filled = Array.from({ length: ROWS }, (_, i) => rows[i] ?? rows[0] ?? 0);
      const ids = filled.flatMap((story) => [
        validation.endOfText,
        ...openingOf(validation, story, reach - 1),
      ]);
      const input = tf.tensor2d(ids, [ROWS, reach], 'int32');
      const traced = await trace(input).finally(() => input.dispose());
      const read = await readBatch(traced, model, readings.length).finally(() => tf.dispose(traced));
      for (const [h, own] of read.entries()) heads[h]?.push(...own.slice(0, rows.length));
      onProgress?.(Math.min(1, (first + ROWS) / stories.length));
    }
  } finally {
    await trace.dispose();
  }
  checkFinite(heads);
  return heads;
}

function checkFinite(heads: readonly (readonly HeadReading[])[]): void {
  const wrong = heads.findIndex((own) => own.some(({ norms }) => !norms.every(Number.isFinite)));
  if (wrong < 0) return;
  throw new NonFiniteError(
    `probe ${NAME}: expected finite memories, got NaN or infinity in head ${wrong}; the model has diverged, use an earlier checkpoint`,
  );
}

type Quantity = (reading: HeadReading) => number;

function resultsOf(heads: readonly (readonly HeadReading[])[], { rng, model }: ProbeSubject): ProbeResult[] {
  const keySize = heads[0]?.[0]?.keySize ?? 1;
  const names = memoryNames(model);
  const shared = { probe: NAME, rng: rng.derive(NAME) };
  const of = (quantity: Quantity): { whole: Omit<Part, 'name'>; parts: Part[] } => {
    const columns = heads.map((own) => own.map(quantity));
    const stories = (columns[0] ?? []).map((_, story) => mean(columns.map((own) => own[story] ?? NaN)));
    return {
      whole: { samples: valuesAsRatios(stories) },
      parts: names.map((name, h) => ({ name, samples: valuesAsRatios(columns[h] ?? []) })),
    };
  };
  return [
    measure({ ...shared, metric: 'norm', unit: 'of S', ...of(({ norms }) => norms.at(-1) ?? NaN) }),
    measure({
      ...shared,
      metric: 'effectiveRank',
      unit: 'directions',
      ...of(({ ranks }) => ranks.at(-1) ?? NaN),
      baselines: { most: heads[0]?.[0]?.spectrum.length ?? 0 },
    }),
    measure({
      ...shared,
      metric: 'topShare',
      unit: 'of singular values',
      ...of(({ spectrum }) => topShare(spectrum)),
    }),
    measure({
      ...shared,
      metric: 'keyInterference',
      unit: 'mean cosine',
      ...of(({ interference }) => interference),
      baselines: { 'random keys': Math.sqrt(2 / (Math.PI * keySize)) },
    }),
  ];
}

async function run(subject: ProbeSubject): Promise<ProbeReport> {
  const { model, validation, shape, rng } = subject;
  const notes = skippedLayers(model);
  if (memoryNames(model).length === 0) return { results: [], notes };
  const needs = { most: shape.sequenceLength, fewest: FEWEST_TOKENS, stories: FEWEST_STORIES };
  const reach = reachOf(validation, { probe: NAME, ...needs });
  const stories = rng.derive(NAME, 'stories').shuffle(storiesOf(validation, reach)).slice(0, STORIES);
  const readings = readingsOf(reach);
  const heads = await readStories(subject, stories, readings);
  const courses = coursesOf(heads, memoryNames(model));
  return {
    results: resultsOf(heads, subject),
    notes,
    details: { tokens: readings, heads: courses.map((course) => ({ ...course })) },
    pictures: statePictures(NAME, courses, readings),
  };
}

/**
 * What the fast-weight memories are like after reading a story.
 *
 *   norm = |S|_F     effectiveRank = exp(entropy of singular values / their sum)
 *   topShare = largest singular value / their sum
 *   keyInterference = mean |cosine| of two different keys of the story
 *
 * Of the memory after the row's length of tokens, halved until at least 4 stories are as long; by head, and averaged
 * over heads. `details` has the course over tokens and the spectrum. Intervals resample stories.
 */
export const state: Probe = {
  name: NAME,
  title: 'the memories after a story: size, rank, spectrum, interference of keys',
  source:
    'Effective rank: Roy and Vetterli 2007; interference of random keys: mean |cosine| sqrt(2 / (pi K)). Read ' +
    'from the memory itself, as the rule left it.',
  run,
};
