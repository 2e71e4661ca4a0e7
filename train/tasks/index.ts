export { engineOptionsOf } from '../engineOptions.js';
export type * from './contract.js';
export { DEFAULT_TASK_PRESET, TASK_PRESETS, type TaskPresetName } from './presets.js';
export { checkTaskConfig, resolveTaskConfig } from './resolveTaskConfig.js';
export { taskConfigJsonSchema } from './schema.js';
export { stepsOf } from './parts.js';
export { loadTaskRun, trainOnTask } from './trainOnTask.js';
export { testOnTask } from './testOnTask.js';
