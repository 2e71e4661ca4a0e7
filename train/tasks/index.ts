export type * from './contract.js';
export { DEFAULT_TASK_PRESET } from './presets.js';
export { checkTaskConfig, resolveTaskConfig } from './resolveTaskConfig.js';
export { taskConfigJsonSchema, type PartialTaskConfig, type TaskRunConfig } from './schema.js';
export { stepsOf } from './parts.js';
export { loadTaskRun, type LoadedTaskRun } from './taskRun.js';
export { testOnTask } from './testOnTask.js';
