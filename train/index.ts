export type { Clock } from './clock.js';
export { checkConfig, overrideConfig, resolveConfig, type ConfigRequest } from './config/resolveConfig.js';
export { DEFAULT_PRESET, presets, type Preset } from './config/presets.js';
export { isRulePath, type LoadedRule, type RuleFile, type RuleLoader } from './config/ruleFile.js';
export { runConfigJsonSchema, type PartialConfig, type RunConfig } from './config/schema.js';
export type * from './events.js';
export { generate, generateText, type GenerateOptions } from './generate.js';
export { trainLoop, type BatchSource, type LoopParts } from './loop.js';
export { budgetOf, tokensPerUpdate } from './progress.js';
export {
  resumeRun,
  trainRun,
  type ResumeRequest,
  type RunOptions,
  type RunSummary,
  type TrainRequest,
} from './run.js';
export { createUpdater, type UpdateOutcome, type Updater, type UpdaterOptions } from './step.js';
export { createValidator, type Validation, type Validator } from './validate.js';
export * from './tasks/index.js';
