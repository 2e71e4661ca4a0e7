import type { JsonObject } from '../../src/checkpoint/manifest.js';
import { histogramOf } from './eventMessages.js';
import { jsonNumber } from './headLines.js';

/** A histogram as it is in `metrics.jsonl`: counts in ranges of equal width between the least and the largest value. */
export function histogramJson(values: Float32Array): JsonObject {
  const { min, max, num, sum, bucket } = histogramOf(values);
  return { n: num, mean: jsonNumber(sum / num), low: jsonNumber(min), high: jsonNumber(max), counts: bucket };
}
