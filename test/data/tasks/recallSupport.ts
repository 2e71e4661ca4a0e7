export { openTask, tasks, type TaskSample } from '../../../data/tasks/index.js';
export type { Params } from '../../../src/core/params.js';
