/**
 * Trained models, probes, statistics, comparisons and the lab.
 *
 * @module pavlov-lm/eval
 */

export { analyse, defaultMargin, type AnalyseOptions } from './compare/analyse.js';
export type {
  CellFailure,
  Comparison,
  CurveMean,
  EqualityCheck,
  OverTasks,
  PairVerdict,
  SeedMean,
  SliceMean,
  TaskComparison,
  VariantCost,
  VariantOverTasks,
  VariantSummary,
} from './compare/comparison.js';
export {
  checkResultRow,
  formatResult,
  readResults,
  type CellCost,
  type CellTiming,
  type CurvePoint,
  type ResultRow,
  type ResultSlice,
  type Variant,
} from './compare/contract.js';
export { readScores, type ScoreFile, type ScoreOptions } from './compare/scores.js';
export type {
  Finding,
  JsonValue,
  Probe,
  ProbePicture,
  ProbeReport,
  ProbeResult,
  ProbeSlice,
  ProbeSubject,
  SentencePair,
} from './contract.js';
export { checkProbe } from './probes/check/checkProbe.js';
export { probes, registerProbe, type ProbeName } from './probes/registry.js';
export { runProbes, type NamedReport, type RunProbesOptions } from './runProbes.js';
export {
  improvementProbability,
  interquartileMean,
  ranksOf,
  shareAbove,
  type Aggregate,
  type TaskScores,
} from './stats/aggregate.js';
export {
  bootstrapMean,
  bootstrapRatios,
  pairedBootstrap,
  type BootstrapOptions,
  type Interval,
  type RatioSamples,
} from './stats/bootstrap.js';
export { holm } from './stats/holm.js';
export { meanInterval, type IntervalMethod, type MeanInterval } from './stats/meanInterval.js';
export { effectSize, moments, pairedTTest, type EffectSize } from './stats/paired.js';
export { pairsForLevel, signFlipTest, smallestPermutationP } from './stats/permutation.js';
export { detectableEffect, pairedTPower, pairsNeeded, type PairedTest } from './stats/power.js';
export { normalCdf, normalQuantile } from './stats/normal.js';
export * from './lab/index.js';
export { openTrainedModel, type TrainedModel } from './trainedModel.js';
