import { drawAxes } from './axes.js';
import type { AxesOptions } from '../../eval/pictures.js';

/**
 * Lines over two axes as one SVG element, with bands where points carry intervals.
 *
 * Series differ by colour, marker and dash; each point names itself when pointed at; references are labelled lines.
 * @throws DataError when no point has a value, a value is not finite, or one is not above 0 on a logarithmic axis.
 */
export function lineChart(options: AxesOptions): string {
  return drawAxes('Line chart', options);
}
