/** The sum. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (const value of Array.from(values)) total += value;
  return total;
}

/** The mean; NaN of no numbers. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/** The dot product, in double precision. The second vector is at least as long as the first. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? NaN) * (b[i] ?? NaN);
  return sum;
}
