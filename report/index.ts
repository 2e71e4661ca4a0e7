/**
 * Tables, charts and pages of results.
 *
 * @module pavlov-lm/report
 */

export { writeComparison, writeVerdicts } from './compare/writeComparison.js';
export { reportHtml } from './compare/html.js';
export { reportMarkdown } from './compare/markdown.js';
export { resultTable, variantTable } from './compare/tables.js';
export { labText, writeLab, type LabReport } from './lab/labReport.js';
export type { ReportMeta } from './origin.js';
export * from './plots/index.js';
export { drawPicture, probesText, writeProbes, type EvalSource } from './probes/writeProbes.js';
export { modelTable, recallTables, writeRecall } from './recall/writeRecall.js';
export {
  csvTable,
  htmlTable,
  markdownTable,
  table,
  textTable,
  type Cell,
  type Column,
  type Estimate,
  type Table,
} from './table.js';
export { writeReport, type Report } from './writeReport.js';
