export { type Compared } from './agreement.js';
export {
  capacityForm,
  runCapacity,
  type AgeBand,
  type CapacityOptions,
  type CapacityPoint,
} from './capacity.js';
export { runConditioning, type ConditioningOptions, type ConditioningResult } from './conditioning.js';
export type { LearningCurve, LearningCurves } from './curvesContract.js';
export { learningCurves } from './learningCurves.js';
export { runDepth, type DepthOptions, type DepthPoint } from './depth.js';
export { parseExperiment, type Experiment, type ExperimentReading } from './experiment.js';
export { phenomena, shownReading } from './phenomena/registry.js';
export type { Phenomenon } from './phenomena/contract.js';
export type { Predictions } from './predictions/contract.js';
export { predictions } from './predictions/registry.js';
export { runExperiment, type ExperimentOptions, type ExperimentResult } from './runExperiment.js';
export { runScaling, type Capacity, type Scaling, type ScalingOptions } from './scaling.js';
export { LAB_SETTING, type LabOptions, type LabSetting } from './setting.js';
export { runStability, type StabilityOptions, type StabilityPoint } from './stability.js';
export { runSweeps, SWEPT, SWEPT_FIELDS, type SweepOptions, type SweepPoint, type Swept } from './sweep.js';
export * from './context/index.js';
