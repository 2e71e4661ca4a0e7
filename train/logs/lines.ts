import type { JsonObject } from '../../src/checkpoint/manifest.js';
import type { HeadDiagnostics } from '../diagnostics/headDiagnostics.js';
import { histogramOf } from './eventMessages.js';

/** A number, or its text where it is none that JSON has: NaN and infinities. */
export function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** A head's diagnostics as they are in `metrics.jsonl`. */
export function headJson({ stability, state, ...measures }: HeadDiagnostics): JsonObject {
  const numbers = (values: Readonly<Record<string, number>>): JsonObject =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, jsonNumber(value)]));
  return {
    ...numbers({ ...measures }),
    stability: stability && { ...stability, largest: jsonNumber(stability.largest) },
    state: numbers(state),
  };
}

/** All heads' diagnostics as scalars by tag `<quantity>/block <i>/head <h>`. */
export function headScalars(heads: readonly HeadDiagnostics[]): Record<string, number> {
  return Object.fromEntries(
    heads.flatMap((head) => {
      const { block, head: at, stability } = head;
      const values = {
        'state norm': head.stateNorm,
        'largest state norm': head.largestStateNorm,
        'effective rank': head.effectiveRank,
        'key interference': head.keyInterference,
        ...(stability && { 'stability margin': stability.bound - stability.largest }),
        ...Object.fromEntries(Object.entries(head.state).map(([name, x]) => [`mean ${name}`, x])),
      };
      return Object.entries(values).map(([name, x]) => [`${name}/block ${block}/head ${at}`, x] as const);
    }),
  );
}

/** A histogram as it is in `metrics.jsonl`: counts in ranges of equal width between the least and the largest value. */
export function histogramJson(values: Float32Array): JsonObject {
  const { min, max, num, sum, bucket } = histogramOf(values);
  return { n: num, mean: jsonNumber(sum / num), low: jsonNumber(min), high: jsonNumber(max), counts: bucket };
}
