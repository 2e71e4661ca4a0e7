/**
 * Trained models in the forms of other programs.
 *
 * @module pavlov-lm/export
 */

export type { ExportFile, ExportOptions, FilesOf } from './contract.js';
export { checkFree, exportModel, type Exported, writeFolder } from './exportModel.js';
export { exportTargets, type ExportTarget } from './registry.js';
export { playFiles, type PlaySource } from './play/play.js';
export { importFla, type Imported } from './fla/importFla.js';
