export type {
  Answer,
  Baseline,
  ClassOutputs,
  PresetPart,
  Question,
  Recipe,
  RightAnswer,
  SettingSpec,
  SliceSpec,
  Task,
  TaskDraw,
  TaskMetric,
  TaskPreset,
  TaskPresetName,
  TaskSample,
  TaskShape,
  TaskSplit,
  Values,
} from './contract.js';
export { TASK_PRESETS } from './contract.js';
export { checkTask } from './check/checkTask.js';
export { registerTask, tasks, type TaskName } from './registry.js';
export { resolveSettings } from './settings.js';
export { openTask, splitOf, type TaskSource } from './openTask.js';
export {
  batchOf,
  batchOfSamples,
  taskBatch,
  type ScoredPlaces,
  type TaskBatch,
  type TaskRows,
} from './taskBatch.js';
export { ScoreSheet, sliceLabel, type MeanScore, type MetricScore, type SampleSums } from './scoreSheet.js';
export { conditioningLaw } from './conditioning.js';
export {
  conditioningInputs,
  idealExpectations,
  type ConditioningLaw,
  type ConditioningTrial,
} from './conditionedUs.js';
export { accuracy, totalVariation } from './metrics.js';
