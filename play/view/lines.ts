/** A rectangle of a chart, in its own units. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The numbers at the edges of a chart. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The range of all numbers that are finite, 0 in it; from 0 to 1 where there are none. */
export function rangeOf(values: Iterable<number>): Range {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low === high ? { low, high: low + 1 } : { low, high };
}

export function yOf(value: number, { low, high }: Range, { top, height }: Box): number {
  return top + height * (1 - (value - low) / (high - low));
}

/** The x of place `i` of `count`; one place alone is in the middle. */
export function xOf(i: number, count: number, { left, width }: Box): number {
  return count > 1 ? left + (width * i) / (count - 1) : left + width / 2;
}

/** Corners of a line for SVG's `points`; what is not finite is left out. */
export function pointsOf(values: readonly number[], range: Range, box: Box): string {
  return values
    .flatMap((value, i) =>
      Number.isFinite(value)
        ? [`${xOf(i, values.length, box).toFixed(1)},${yOf(value, range, box).toFixed(1)}`]
        : [],
    )
    .join(' ');
}
