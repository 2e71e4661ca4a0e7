import { convergenceOf, type Trend } from '../stats/trend.js';

/** A number for readers: at most this many significant digits, no exponent for ordinary sizes. */
export function inWords(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : '-infinite';
  return String(Number(value.toPrecision(digits)));
}

/** A p value for readers. */
export function pInWords(p: number): string {
  return p < 1e-4 ? '< 0.0001' : `= ${p.toPrecision(2)}`;
}

/** An interval for readers, or nothing where it has no bounds. */
export function intervalInWords(low: number | null, high: number | null): string {
  return low === null || high === null ? '' : ` [${inWords(low)}, ${inWords(high)}]`;
}

/** `+0.012`, `−0.5`. */
export function signedInWords(value: number, digits = 2): string {
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${inWords(Math.abs(value), digits)}`;
}

/** What the end of a training says of how much more of it would do. */
export function trendInWords(
  trend: Trend | null,
  { best, unit }: { readonly best: 'high' | 'low'; readonly unit: string },
): string {
  if (!trend) {
    return 'whether it was still improving is not known: fewer than 3 validations in the second half of training';
  }
  const { change, low, high, points } = trend;
  const seen = `${signedInWords(change)} ${unit} over the last fifth [${signedInWords(low)}, ${signedInWords(high)}], ${points} validations`;
  switch (convergenceOf(trend, best)) {
    case 'improving':
      return `still improving at the end: ${seen}; more training should help`;
    case 'worsening':
      return `getting worse at the end: ${seen}`;
    case 'level':
      return `no trend to be told at the end: ${seen}`;
  }
}
