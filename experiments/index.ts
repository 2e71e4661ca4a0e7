/**
 * Grids of training runs: planning, costs, workers, results.
 *
 * @module pavlov-lm/experiments
 */

export { costOf, type CostedModel } from './cost.js';
export {
  runContextLab,
  trainContextLearner,
  type ContextLab,
  type ContextLabOptions,
  type ContextLearner,
} from './contextLab.js';
export { EQUAL_MODES, type EqualMode } from './equalise.js';
export { canonicalJson, cellHash, groupHash, learningRateOf } from './grid/cellHash.js';
export type * from './grid/contract.js';
export { runGrid } from './grid/runGrid.js';
export { localProcesses, type LocalProcessOptions } from './grid/workerPool.js';
export {
  serveCells,
  serveProcess,
  type Order,
  type Report,
  type WorkerOptions,
  type WorkerPort,
} from './grid/worker.js';
export { planGrid, type AutoSeeds, type GridPlan, type PlanRequest } from './plan.js';
export { summariseRecall, type RecallSummary } from './recallSummary.js';
export { cellLines, cellTimings, resultRows, type CellLine } from './rows.js';
export { runPlan, type GridFacts, type RunPlanOptions } from './runPlan.js';
export type { PlannedCell } from './subject.js';
export { planTasks } from './planTasks.js';
