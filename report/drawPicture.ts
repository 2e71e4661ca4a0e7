import type { ProbePicture } from '../eval/contract.js';
import { heatMap, lineChart } from './plots/index.js';

/** The SVG document of a probe's picture. */
export function drawPicture(picture: ProbePicture): string {
  switch (picture.kind) {
    case 'lines':
      return lineChart(picture.chart);
    case 'heatMap':
      return heatMap(picture.chart);
  }
}
