export type { AxesOptions, ChartPoint, ChartSeries, HeatMapOptions, ReferenceLine } from './contract.js';
export { intervalChart } from './intervalChart.js';
export { heatMap } from './heatMap.js';
export { lineChart } from './lineChart.js';
export { scatter } from './scatter.js';
