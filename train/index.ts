/**
 * Configurations and training runs.
 *
 * @module pavlov-lm/train
 */

export { checkConfig, overrideConfig, resolveConfig, type ConfigRequest } from './config/resolveConfig.js';
export { DEFAULT_PRESET, presets, registerPreset, type Preset, type PresetName } from './config/presets.js';
export type { PlugInFile, PlugInLoader } from './config/plugIns.js';
export { engineOptionsOf, runConfigJsonSchema, type PartialConfig, type RunConfig } from './config/schema.js';
export type * from './events.js';
export { knownAs, modelLike, type KnownAs, type KnownAsName } from './config/knownAs.js';
export { fineTuneConfig, type FineTuneRequest } from './fineTune.js';
export type { BatchSource, Job, Validator } from './job.js';
export { trainLoop, type LoopParts } from './loop.js';
export { monotonicClock, type Clock } from './clock.js';
export type { Best, Budget, Point } from './progress.js';
export {
  resumeRun,
  trainOrResume,
  trainRun,
  type ResumeRequest,
  type RunOptions,
  type RunSummary,
  type TrainRequest,
} from './run.js';
export { budgetOf, createTextScorer, textObjective, type TextScorer, type TextScores } from './stories.js';
export {
  createUpdater,
  type Objective,
  type UpdateOutcome,
  type Updater,
  type UpdaterOptions,
} from './updater.js';
export * from './tasks/index.js';
