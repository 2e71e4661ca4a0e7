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
export type {
  JsonValue,
  Probe,
  ProbePicture,
  ProbeReport,
  ProbeResult,
  ProbeSlice,
  ProbeSubject,
} from './contract.js';
export { drawPicture } from './drawPicture.js';
export { probes } from './probes/registry.js';
export { runProbes, type NamedReport, type RunProbesOptions } from './runProbes.js';
export {
  bootstrapMean,
  bootstrapRatios,
  pairedBootstrap,
  type BootstrapOptions,
  type Interval,
  type RatioSamples,
} from './stats/bootstrap.js';
export { normalCdf, normalQuantile } from './stats/normal.js';
export * from './lab/index.js';
export { openTrainedModel, type TrainedModel } from './trainedModel.js';
