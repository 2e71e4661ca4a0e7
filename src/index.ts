export { tf } from './core/tf.js';
export {
  CheckpointError,
  ConfigError,
  DataError,
  EngineError,
  NonFiniteError,
  PavlovError,
  ShapeError,
  TraceError,
  type ErrorCode,
} from './core/errors.js';
export { Rng, type RngState } from './core/rng.js';
export { createEngine } from './engine/createEngine.js';
export type { CompiledFunction, CompileOptions, Engine, EngineOptions, TensorTree } from './engine/engine.js';
export { choiceParam, numberParam } from './core/params.js';
export { checkRule, type CheckRuleOptions } from './verify/checkRule.js';
export type { CheckFinding, CheckResult } from './verify/ruleCheck.js';
export { registerRule, rules } from './rules/registry.js';
export {
  asFactor,
  associate,
  decayed,
  emptyMemory,
  fieldOf,
  recall,
  recallKey,
  signalOf,
} from './rules/memory.js';
export { runRule } from './rules/run/runRule.js';
export type {
  LearningRule,
  Normalisation,
  Params,
  ParamSpec,
  RuleDims,
  RuleState,
  SequenceInput,
  SequenceResult,
  SignalSpec,
  Stability,
  StepResult,
  TokenInput,
} from './rules/contract.js';
export { gates } from './gates/registry.js';
export type { DecayGate, GatePlace } from './gates/contract.js';
export { ConditioningHead } from './layers/conditioningHead.js';
export type { FeatureMap, HeadNorm, HeadOptions } from './layers/headDefaults.js';
export type { HeadKind, ModelConfig } from './model/config.js';
export { effectiveRank, frobeniusNorm, keyInterference, singularValues } from './core/linearAlgebra.js';
export { LanguageModel, type WeightInfo } from './model/languageModel.js';
export {
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type CheckpointContents,
} from './checkpoint/store.js';
