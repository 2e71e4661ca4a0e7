export type {
  AxesOptions,
  ChartPoint,
  ChartSeries,
  HeatMapOptions,
  IntervalChartOptions,
  IntervalRow,
  ReferenceLine,
} from '../../eval/pictures.js';
export { heatMap } from './heatMap.js';
export { intervalChart } from './intervalChart.js';
export { lineChart } from './lineChart.js';
export { scatter } from './scatter.js';
