export { drawPicture } from './drawPicture.js';
export { resultsCsv } from './csv.js';
export { reportHtml } from './html.js';
export { reportMarkdown } from './compare/markdown.js';
export type { ReportMeta } from './meta.js';
export {
  heatMap,
  intervalChart,
  lineChart,
  scatter,
  type AxesOptions,
  type ChartPoint,
  type ChartSeries,
  type HeatMapOptions,
  type IntervalChartOptions,
  type IntervalRow,
  type ReferenceLine,
} from './plots/index.js';
