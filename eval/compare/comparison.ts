import type { Aggregate } from '../stats/aggregate.js';
import type { PairedTest } from '../stats/power.js';
import type { IntervalMethod } from '../stats/meanInterval.js';
import type { ResultRow, Variant } from './contract.js';
import type { Convergence } from '../stats/trend.js';

/** A mean over seeds with its interval; bounds are null where one seed, or no spread, gives none. */
export interface SeedMean {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Seeds it rests on. */
  readonly seeds: number;
}

/** Validation at one place of training. */
export interface CurveMean extends SeedMean {
  readonly step: number;
  readonly tokens: number;
}

/** The metric on one part of the test. */
export interface SliceMean extends SeedMean {
  readonly slice: string;
  readonly key: string | number;
}

/** What a variant costs. Times are of the machine that ran the cells, several at a time. */
export interface VariantCost {
  readonly parameters: number;
  readonly stateBytes: number;
  readonly flopsPerToken: number;
  readonly trainTokensPerSecond: number | null;
  readonly decodeMs: number | null;
}

/** Whether validation still changed at the end of training, over the seeds of a variant. */
export interface TrainingEnd {
  /** Mean change of validation over the last fifth of training, in its unit. */
  readonly change: number;
  /** 95 % interval: over seeds where there are several, else about the line through the validations of the one. */
  readonly low: number;
  readonly high: number;
  /** Seeds with enough validations. */
  readonly seeds: number;
  readonly convergence: Convergence;
  /** Training tokens, of the seed that was trained longest. */
  readonly tokens: number;
}

/** One variant of a task over its seeds. */
export interface VariantSummary {
  readonly label: string;
  readonly variant: Variant;
  /** Place among the variants of the whole comparison, for one look in all charts. */
  readonly place: number;
  /** The metric on the test split; null when no seed finished. */
  readonly test: SeedMean | null;
  /** The test of each finished seed. */
  readonly bySeed: readonly { readonly seed: number; readonly test: number }[];
  /** Further metrics. */
  readonly metrics: Readonly<Record<string, SeedMean>>;
  readonly learningRates: readonly number[];
  readonly curve: readonly CurveMean[];
  /** Whether validation still changed at the end; null where it was measured too seldom. */
  readonly end: TrainingEnd | null;
  readonly slices: readonly SliceMean[];
  /** Null when no seed finished. */
  readonly cost: VariantCost | null;
  /** Pairs in which the verdict found it better, or worse. */
  readonly wins: number;
  readonly losses: number;
}

/** What the statistics say of two variants, paired by seed. */
export interface PairVerdict {
  readonly a: string;
  readonly b: string;
  /** Seeds that both finished. */
  readonly seeds: readonly number[];
  /** Mean over seeds of a - b, in the unit of the metric. */
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** `anytime` intervals hold for all looks at once. */
  readonly intervalMethod: IntervalMethod | 'anytime';
  /** Test that decides; `anytime` may be looked at after every seed. */
  readonly test: PairedTest | 'anytime';
  /** Its p value, and that corrected over the family; null when it could not be made. */
  readonly p: number | null;
  readonly pHolm: number | null;
  /** How far apart the two may be and still count as equal, in the unit of the metric; 0 where no pair can be equivalent. */
  readonly margin: number;
  /** P value, corrected over the family, that the two are at least as far apart as the margin; null without one. */
  readonly pEquivalent: number | null;
  /** Seeds after which an anytime test decided; null where none did. */
  readonly decidedAfter: number | null;
  /** P values of both tests before correction; null where an anytime test decides. */
  readonly pT: number | null;
  readonly pPermutation: number | null;
  /** The smallest p that the permutation test can give with these seeds, before and after the correction. */
  readonly smallestP: number | null;
  readonly smallestPHolm: number | null;
  /** Fewest seeds with which the permutation test could decide the pair; null where an anytime test decides. */
  readonly seedsForPermutation: number | null;
  readonly cohenD: number | null;
  readonly hedgesG: number | null;
  /** Smallest true difference that would have been seen at the wanted power; null where the spread is not known, infinite where none would. */
  readonly detectable: number | null;
  /** Seeds that would be needed to see a difference of the size measured; null where the spread is not known. */
  readonly seedsNeeded: number | null;
  /** Whether a is better or worse than b, or no further from it than the margin. */
  readonly outcome: 'better' | 'worse' | 'equivalent' | 'undecided' | 'untested';
  /** The verdict in words. */
  readonly text: string;
}

/** A cell that gave no result. */
export interface CellFailure {
  readonly cell: string;
  readonly label: string;
  readonly seed: number;
  readonly status: 'diverged' | 'failed';
  readonly reason: string;
}

/** Whether all variants of a task cost the same of something. */
export interface EqualityCheck {
  readonly what: 'parameters' | 'stateBytes';
  readonly equal: boolean;
  readonly text: string;
}

/** The name of a cost that scores may be weighed against. */
export type FrontierCost = 'state' | 'parameters' | 'flops';

/** A variant with its cost and score. */
interface FrontierPoint {
  readonly label: string;
  readonly cost: number;
  readonly test: SeedMean;
  /** Whether no variant of the same cost or a smaller one has a better mean. */
  readonly isOnFrontier: boolean;
}

/** Variants of one setting of the task, such as 16 pairs: only their scores can be weighed against each other. */
export interface Frontier {
  /** The settings of the task; empty where all variants have the same. */
  readonly name: string;
  /** What differs in more than numbers, such as rules: a curve each, by rising cost. */
  readonly curves: readonly { readonly name: string; readonly points: readonly FrontierPoint[] }[];
}

/** Everything about one task. */
export interface TaskComparison {
  readonly task: string;
  readonly metric: string;
  readonly unit: string;
  readonly best: 'high' | 'low';
  /** How far apart two variants may be and still be equivalent; 0 where none can be. */
  readonly margin: number;
  /** In the order of the grid. */
  readonly variants: readonly VariantSummary[];
  /** Every two variants. */
  readonly pairs: readonly PairVerdict[];
  readonly failures: readonly CellFailure[];
  readonly checks: readonly EqualityCheck[];
  /** What of the training may make a comparison unfair, in sentences. */
  readonly warnings: readonly string[];
  /** What was found, in a few sentences. */
  readonly findings: readonly string[];
  /** Scores against a cost, one for each setting of the task; null where no cost was named. */
  readonly frontiers: { readonly cost: FrontierCost; readonly of: readonly Frontier[] } | null;
}

/** One variant over all tasks. */
export interface VariantOverTasks {
  readonly label: string;
  readonly place: number;
  /** Interquartile mean over all runs of all tasks; null where tasks have no common scale. */
  readonly interquartileMean: Aggregate | null;
  /** Mean over tasks of its rank by the mean of its runs, 1 the best. */
  readonly meanRank: Aggregate;
  /** In the order of `tasks`. */
  readonly ranks: readonly number[];
  /** Share of runs above a score, the mean over tasks; no points where tasks have no common scale. */
  readonly profile: readonly { readonly score: number; readonly share: number }[];
}

/** What several tasks say together. */
export interface OverTasks {
  readonly tasks: readonly string[];
  /** Of variants with a result on every task, the best mean rank first. */
  readonly variants: readonly VariantOverTasks[];
  /** Labels of variants without a result on some task. */
  readonly leftOut: readonly string[];
  /** Probability that a run of a is better than one of b, the mean over tasks; each two variants once. */
  readonly improvement: readonly (Aggregate & { readonly a: string; readonly b: string })[];
}

/** The analysis of a grid of cells. */
export interface Comparison {
  readonly tasks: readonly TaskComparison[];
  /** What the tasks say together; null for one task, or fewer than two variants with a result on each. */
  readonly overTasks: OverTasks | null;
  /** What all cells have in common of what was named. */
  readonly constants: Variant;
  readonly cells: {
    readonly total: number;
    readonly done: number;
    readonly diverged: number;
    readonly failed: number;
  };
  /** Chance of any false verdict, and of an interval to miss. */
  readonly level: number;
  /** Pairs that the correction is for. */
  readonly family: number;
  /** How it was done, in sentences. */
  readonly methods: readonly string[];
  /** The rows analysed, in the order given. */
  readonly rows: readonly ResultRow[];
}
