/**
 * Trained models in the forms of other programs.
 *
 * @module pavlov-lm/export
 */

export type { ExportFile, ExportOptions, FilesOf } from './contract.js';
export { exportModel, type Exported } from './exportModel.js';
export { exportTargets, type ExportTarget } from './registry.js';
export { playFiles } from './play/play.js';
export { importFla, type Imported } from './fla/importFla.js';
