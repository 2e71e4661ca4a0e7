import { drawAxes } from './axes.js';
import type { AxesOptions } from '../../eval/pictures.js';

/**
 * Points over two axes as one SVG element, such as quality against cost, with whiskers where they carry intervals.
 *
 * @throws DataError as `lineChart`.
 */
export function scatter(options: AxesOptions): string {
  return drawAxes('Scatter plot', options);
}
