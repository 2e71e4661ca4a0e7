import { trendInWords } from '../eval/compare/words.js';
import { endTrend } from '../eval/stats/trend.js';

/** Validation of text, as it is chosen by. */
const OF_TEXT = { best: 'low', unit: 'bits/byte' } as const;

/** What the validations of a run on text say of the end of its training; nothing where there are none. */
export function validationTrend(
  curve: readonly { readonly tokens: number; readonly score: number }[],
): string | undefined {
  if (curve.length === 0) return undefined;
  return trendInWords(endTrend(curve.map(({ tokens, score }) => ({ at: tokens, score }))), OF_TEXT);
}
