import { bootstrapRatios, type Interval } from '../eval/stats/bootstrap.js';
import { meanInterval, type Range } from '../eval/stats/meanInterval.js';
import { groupBy } from '../eval/compare/groups.js';
import type { TrainingEnd } from '../eval/compare/comparison.js';
import { trainingEnd, trainingWarnings } from '../eval/compare/convergence.js';
import { variantLabels } from '../eval/compare/labels.js';
import type { CellCost, Variant } from '../eval/compare/contract.js';
import type { Params } from '../src/core/params.js';
import { Rng } from '../src/core/rng.js';
import type { GroupOutcome } from './grid/contract.js';
import type { SampleScores, SliceScore, TestScore } from '../train/tasks/contract.js';
import { cellLines, type CellLine } from './rows.js';
import type { GridPlan } from './plan.js';
import type { PlannedCell } from './subject.js';

const LEVEL = 0.95;

/** A score of one model or baseline on one part of the test; the model is the mean over its seeds. */
export interface RecallScore {
  /** A variant's label, or a baseline's name. */
  readonly model: string;
  readonly kind: 'model' | 'baseline';
  readonly part: string;
  readonly metric: string;
  /** What the part is split by, and the slice; null for the whole part. */
  readonly slice: string | null;
  readonly key: string | null;
  readonly mean: number;
  /** Over seeds where there are several, else over samples. */
  readonly low: number | null;
  readonly high: number | null;
  /** Models it is a mean of; 1 for a baseline. */
  readonly seeds: number;
  /** Samples per model. */
  readonly n: number;
  readonly chance: number;
  /** What the perfect answer scores. */
  readonly oracle: number;
}

/** Validation during training, one curve per seed. */
interface RecallCurve {
  readonly model: string;
  readonly seed: number;
  readonly points: readonly { readonly step: number; readonly tokens: number; readonly validation: number }[];
}

/** One model of the table. */
interface RecallModel {
  readonly model: string;
  readonly variant: Variant;
  /** Chosen on validation, by seed. */
  readonly learningRates: readonly number[];
  readonly cost: CellCost;
  /** Seeds with a result, and all. */
  readonly done: number;
  readonly seeds: number;
  /** Mean seconds of training, on this machine. */
  readonly seconds: number | null;
  readonly tokensPerSecond: number | null;
  /** Whether validation still changed at the end; null where it was measured too seldom. */
  readonly end: TrainingEnd | null;
}

/** Everything `pavlov recall` measured. */
export interface RecallSummary {
  readonly task: string;
  readonly metrics: readonly {
    readonly name: string;
    readonly unit: string;
    readonly best: 'high' | 'low';
  }[];
  /** Parts of the test, with all settings of the task in each. */
  readonly parts: readonly { readonly part: string; readonly settings: Params }[];
  readonly models: readonly RecallModel[];
  readonly scores: readonly RecallScore[];
  readonly curves: readonly RecallCurve[];
  readonly cells: readonly CellLine[];
  /** What of the training may make a comparison unfair, in sentences. */
  readonly warnings: readonly string[];
}

/** A variant's place in the grid and what its seeds came to. */
interface VariantRuns {
  readonly model: string;
  readonly place: PlannedCell;
  readonly groups: readonly GroupOutcome[];
}

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const meanOf = ({ sums, counts }: SampleScores): number => total(sums) / total(counts);

/** Nothing is better than perfect, and no score of a task is below 0. */
const rangeOf = ({ best, perfect }: Pick<TestScore, 'best' | 'perfect'>): Range =>
  best === 'high' ? [0, perfect] : [perfect, Infinity];

/** The mean over seeds with its interval: between seeds where there are several, else between samples. */
function interval(scores: readonly SampleScores[], what: string, range: Range): Interval {
  const rng = Rng.fromSeed(0).derive('recall', what);
  const [only] = scores;
  if (only && scores.length === 1) {
    const [found] = bootstrapRatios([{ numerators: only.sums, denominators: only.counts }], {
      rng,
      level: LEVEL,
    });
    if (found) return found;
  }
  return meanInterval(scores.map(meanOf), { rng, level: LEVEL, range });
}

/** The variants in the order of the grid, each with the outcomes of its seeds. */
function runsOf(plan: GridPlan, groups: readonly GroupOutcome[]): VariantRuns[] {
  const planned = new Map(plan.cells.map((cell) => [cell.id, cell]));
  const runs = new Map<string, { place: PlannedCell; groups: GroupOutcome[] }>();
  for (const group of groups) {
    const place = planned.get(group.cells[0]?.id ?? '');
    if (!place) continue;
    const name = JSON.stringify(place.variant);
    const found = runs.get(name) ?? { place, groups: [] };
    found.groups.push(group);
    runs.set(name, found);
  }
  const list = [...runs.values()];
  const labels = variantLabels(list.map(({ place }) => place.variant));
  const { rule } = list[0]?.place.variant ?? {};
  return list.map((run, i) => ({
    ...run,
    model: list.length === 1 ? String(rule ?? 'model') : (labels[i] ?? ''),
  }));
}

/** What the test of a task cell measured, sample by sample. */
function scoresOf({ tested }: GroupOutcome): readonly TestScore[] | undefined {
  // The cast: the details of a task cell are those of its kind.
  return tested?.status === 'done' ? (tested.details as readonly TestScore[]) : undefined;
}

interface Place {
  readonly part: string;
  readonly metric: string;
  readonly slice: string | null;
  readonly key: string | null;
}

const sameTest = (a: TestScore, b: Pick<Place, 'part' | 'metric'>): boolean =>
  a.part === b.part && a.metric === b.metric;

/** Scores of one part or slice of the test in each seed. */
function at(tests: readonly (readonly TestScore[])[], { slice, key, ...test }: Place): SampleScores[] {
  return tests.flatMap((scores) =>
    scores
      .filter((score) => sameTest(score, test))
      .flatMap((score) =>
        slice === null
          ? [score.bySample]
          : score.slices
              .filter((bin) => bin.slice === slice && bin.key === key)
              .map(({ bySample }) => bySample),
      ),
  );
}

/** The slices that any of these tests has: a seed may have no sample of a rare one. */
function binsOf(tests: readonly TestScore[]): SliceScore[] {
  const bins = groupBy(
    tests.flatMap(({ slices }) => slices),
    ({ slice, key }) => JSON.stringify([slice, key]),
  );
  return [...bins.values()].flatMap((same) => same.slice(0, 1));
}

/** The score of a model on a part, and on each slice of it. */
function modelScores({ model, groups }: VariantRuns): RecallScore[] {
  const tests = groups.flatMap((group) => {
    const scores = scoresOf(group);
    return scores ? [scores] : [];
  });
  return (tests[0] ?? []).flatMap(({ part, metric, best, chance, perfect }) => {
    const places = [
      { place: { part, metric, slice: null, key: null }, chance },
      ...binsOf(tests.flat().filter((test) => sameTest(test, { part, metric }))).map((bin) => ({
        place: { part, metric, slice: bin.slice, key: bin.key },
        chance: bin.chance,
      })),
    ];
    return places.map(({ place, chance: own }): RecallScore => {
      const found = at(tests, place);
      const { value, low, high } = interval(
        found,
        JSON.stringify([model, place]),
        rangeOf({ best, perfect }),
      );
      const n = found[0]?.counts.length ?? 0;
      return {
        model,
        kind: 'model',
        ...place,
        mean: value,
        low,
        high,
        seeds: found.length,
        n,
        chance: own,
        oracle: perfect,
      };
    });
  });
}

/** The tests of all models, of each part and metric one: that of the first that finished. */
function firstOfEach(runs: readonly VariantRuns[]): TestScore[] {
  const all = runs.flatMap(({ groups }) => groups.flatMap((group) => scoresOf(group) ?? []));
  const same = groupBy(all, ({ part, metric }) => JSON.stringify([part, metric]));
  return [...same.values()].flatMap((tests) => tests.slice(0, 1));
}

/** Baselines see the same samples of a part whatever was trained, and other samples with another seed. */
function baselineScores(runs: readonly VariantRuns[]): RecallScore[] {
  return firstOfEach(runs).flatMap(({ part, metric, best, chance, perfect, baselines }) =>
    baselines.map(({ name, bySample }): RecallScore => {
      const { value, low, high } = interval(
        [bySample],
        JSON.stringify([name, part, metric]),
        rangeOf({ best, perfect }),
      );
      const place = { part, metric, slice: null, key: null };
      return {
        model: name,
        kind: 'baseline',
        ...place,
        mean: value,
        low,
        high,
        seeds: 1,
        n: bySample.counts.length,
        chance,
        oracle: perfect,
      };
    }),
  );
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : total(values) / values.length;
}

function modelOf(plan: GridPlan, { model, place, groups }: VariantRuns): RecallModel {
  const planned = new Map(plan.cells.map((cell) => [cell.id, cell]));
  const done = groups.flatMap(({ chosen, tested }) =>
    chosen?.trained.status === 'done' && tested?.status === 'done'
      ? [{ id: chosen.id, ...chosen.trained }]
      : [],
  );
  const [first] = done;
  return {
    model,
    variant: place.variant,
    learningRates: done.map(({ id }) => planned.get(id)?.learningRate ?? NaN),
    cost: { ...place.cost, ...(first && { parameters: first.parameters }) },
    done: done.length,
    seeds: groups.length,
    seconds: mean(done.map(({ seconds }) => seconds)),
    tokensPerSecond: mean(done.flatMap(({ tokensPerSecond }) => tokensPerSecond ?? [])),
    end: trainingEnd(
      done.map(({ curve }) => curve),
      {
        best: first?.best ?? 'high',
        range: first?.best === 'high' && first.unit === '' ? [0, 1] : undefined,
        rng: Rng.fromSeed(0).derive('recall', model),
      },
    ),
  };
}

function curvesOf(plan: GridPlan, runs: readonly VariantRuns[]): RecallCurve[] {
  const seeds = new Map(plan.cells.map(({ id, seed }) => [id, seed]));
  return runs.flatMap(({ model, groups }) =>
    groups.flatMap(({ chosen }) =>
      chosen?.trained.status === 'done'
        ? [{ model, seed: seeds.get(chosen.id) ?? NaN, points: chosen.trained.curve }]
        : [],
    ),
  );
}

/** What a grid on a task measured: scores by part and slice with intervals, chance and baselines beside. */
export function summariseRecall(plan: GridPlan, groups: readonly GroupOutcome[]): RecallSummary {
  const runs = runsOf(plan, groups);
  const baselines = baselineScores(runs);
  const tests = groups.flatMap((group) => scoresOf(group) ?? []);
  const names = [...new Set(tests.map(({ metric }) => metric))];
  const metrics = names.flatMap((name) => {
    const found = tests.find(({ metric }) => metric === name);
    return found ? [{ name, unit: found.unit, best: found.best }] : [];
  });
  const parts = [...new Set(tests.map(({ part }) => part))].map((part) => {
    return { part, settings: tests.find((test) => test.part === part)?.settings ?? {} };
  });
  const models = runs.map((run) => modelOf(plan, run));
  const ended = models.map(({ model, end }) => ({ label: model, end }));
  const rates = models.flatMap(({ learningRates }) => learningRates);
  return {
    task: plan.task,
    metrics,
    parts,
    models,
    warnings: trainingWarnings(
      ended,
      rates,
      plan.searched !== undefined || groups.some(({ cells }) => cells.length > 1),
    ),
    scores: [...runs.flatMap(modelScores), ...baselines],
    curves: curvesOf(plan, runs),
    cells: cellLines(plan, groups),
  };
}
