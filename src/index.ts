/**
 * The library: rules, gates, heads, layers, the model, engines, optimizers and checkpoints.
 *
 * @module pavlov-lm
 */

export { tf } from './core/tf.js';
export { defineConfig, type Project } from './project.js';
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
export type { Known } from './core/schema.js';
export { checkRule, type CheckRuleOptions, type EngineCheckOptions } from './verify/checkRule.js';
export { checkGate } from './verify/checkGate.js';
export { checkMixer } from './verify/checkMixer.js';
export { checkOptimizer } from './verify/checkOptimizer.js';
export type { CheckFinding, CheckOptions, CheckResult } from './core/check.js';
export { registerRule, rules, type RuleName, type RuleParams } from './rules/registry.js';
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
export { associateInChunks, type ChunkedResult } from './chunks/association.js';
export { correctInChunks } from './chunks/correction.js';
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
export { gates, registerGate, type GateName, type GateParams } from './gates/registry.js';
export type { DecayGate, GatePlace, GateWeight } from './gates/contract.js';
export { optimizers, registerOptimizer, type OptimizerName } from './optim/registry.js';
export type {
  OptimizedWeight,
  Optimizer,
  OptimizerSettings,
  UpdateInput,
  UpdateResult,
  UpdateScalars,
} from './optim/contract.js';
/** Zod, for the options of a mixer. */
export { z } from 'zod';
export { mixers, registerMixer, type MixerName } from './mixers/registry.js';
export { featureMaps, registerFeatureMap, type FeatureMapName } from './mixers/featureMaps/registry.js';
export type { FeatureMap } from './mixers/featureMaps/contract.js';
export type { Memory, Mixer, MixerPlan, MixerSettings, MixerState } from './mixers/contract.js';
export { constantSpec, matrixSpec, weightOf, type Weights, type WeightSpec } from './core/weights.js';
export { Block } from './layers/block.js';
export { ConditioningHead, LinearHead, SoftmaxHead } from './layers/heads.js';
export { Projection } from './layers/projection.js';
export { RmsNorm } from './layers/rmsNorm.js';
export { ShortConvolution } from './layers/shortConvolution.js';
export { SwiGluMlp } from './layers/swiGluMlp.js';
export { TokenEmbedding } from './layers/tokenEmbedding.js';
export type { ModelConfig, ModelEnds, ModelOptions } from './model/config.js';
export { Model, type WeightInfo } from './model/model.js';
export { Decoder, decodeStep, prefill, type DecodeState, type SavedState } from './model/decode.js';
export { generate, generateText, type GenerateOptions } from './model/generate.js';
export { sample, type SampleOptions } from './model/sample.js';
export { effectiveRank, frobeniusNorm, keyInterference, singularValues } from './core/linearAlgebra.js';
export {
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type CheckpointContents,
} from './checkpoint/store.js';
