/** Probabilities from logits: `exp(logit) / sum`. */
export function probabilities(logits: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(logits);
  const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const masses = values.map((logit) => Math.exp(logit - top));
  const sum = masses.reduce((a, b) => a + b, 0);
  return masses.map((mass) => mass / sum);
}

/** A token that may come next. */
export interface NextToken {
  readonly id: number;
  readonly before: number;
  /** Under changes; absent without. */
  readonly after?: number;
}

function bestOf(values: Float64Array, count: number): number[] {
  return Array.from(values.keys())
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
    .slice(0, count);
}

/** The most probable tokens, by the larger of their two probabilities. */
export function topTokens(
  before: Float64Array,
  after: Float64Array | undefined,
  count: number,
): readonly NextToken[] {
  if (!after) return bestOf(before, count).map((id) => ({ id, before: before[id] ?? 0 }));
  const larger = before.map((p, id) => Math.max(p, after[id] ?? 0));
  return bestOf(larger, count).map((id) => ({ id, before: before[id] ?? 0, after: after[id] ?? 0 }));
}

/** The share of probability that changes its token: half the sum of all differences, 0 to 1. */
export function movedShare(before: Float64Array, after: Float64Array): number {
  return before.reduce((sum, p, id) => sum + Math.abs(p - (after[id] ?? 0)), 0) / 2;
}

/** A number in three digits, without a power of ten. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return 'not a number';
  if (Math.abs(value) < 0.001 && value !== 0) return `${value < 0 ? '−' : ''}<0.001`;
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.001))));
  return value.toFixed(digits).replace('-', '−');
}

/** A share in per cent, with as many digits as are of interest. */
export function percent(share: number): string {
  const value = 100 * share;
  if (value !== 0 && Math.abs(value) < 0.1) return `${value < 0 ? '−' : ''}<0.1 %`;
  return `${value.toFixed(Math.abs(value) < 10 ? 1 : 0).replace('-', '−')} %`;
}
