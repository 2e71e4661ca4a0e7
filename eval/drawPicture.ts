import type { ProbePicture } from './contract.js';
import { heatMap, lineChart } from './report/plots/index.js';

/** The SVG document of a probe's picture. */
export function drawPicture(picture: ProbePicture): string {
  switch (picture.kind) {
    case 'lines':
      return lineChart(picture.chart);
    case 'heatMap':
      return heatMap(picture.chart);
  }
}
