export type {
  AxesOptions,
  ChartPoint,
  ChartSeries,
  HeatMapOptions,
  IntervalChartOptions,
  IntervalRow,
  ReferenceLine,
} from '../../eval/pictures.js';
export { lineChart, scatter } from './axes.js';
export { heatMap } from './heatMap.js';
export { intervalChart } from './intervalChart.js';
