export { canonicalJson, cellHash, groupHash, learningRateOf, packageVersion } from './cellHash.js';
export type * from './contract.js';
export type { Order, Report, WorkerPort } from './messages.js';
export { runGrid } from './runGrid.js';
export { serveCells, type WorkerOptions } from './worker.js';
