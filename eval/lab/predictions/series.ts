/**
 * Responses of a linear read-out to stimuli at an angle from A, which alone was taught: `V_A cos(angle)`.
 *
 * Source: docs/theory.md 4.3 (7).
 */
export function gradient(V_A: number): Readonly<Record<string, number>> {
  const at = (degrees: number) => {
    return [`V at ${degrees} degrees from A`, V_A * Math.cos((degrees * Math.PI) / 180)] as const;
  };
  return Object.fromEntries([0, 30, 60, 90].map(at));
}

/** Sum of a geometric series, `1 + r + ... + r^(n-1)`. */
export function geometric(r: number, n: number): number {
  // Near 1 the quotient loses digits; expm1 and log1p keep them.
  if (r === 1) return n;
  return r > 0.5 ? Math.expm1(n * Math.log1p(r - 1)) / (r - 1) : (1 - r ** n) / (1 - r);
}

/** A 2 x 2 matrix by rows. */
export type Matrix2 = readonly [number, number, number, number];
type Vector2 = readonly [number, number];

const IDENTITY: Matrix2 = [1, 0, 0, 1];

export function product(a: Matrix2, b: Matrix2): Matrix2 {
  return [
    a[0] * b[0] + a[1] * b[2],
    a[0] * b[1] + a[1] * b[3],
    a[2] * b[0] + a[3] * b[2],
    a[2] * b[1] + a[3] * b[3],
  ];
}

export function times(a: Matrix2, [x, y]: Vector2): Vector2 {
  return [a[0] * x + a[1] * y, a[2] * x + a[3] * y];
}

/** `M^n` for a whole n, by repeated squaring. */
export function power(M: Matrix2, n: number): Matrix2 {
  if (n === 0) return IDENTITY;
  const half = power(M, Math.floor(n / 2));
  const square = product(half, half);
  return n % 2 === 0 ? square : product(square, M);
}

/** The state after n rounds of `x' - fixed = M (x - fixed)`. */
export function approach(M: Matrix2, n: number, start: Vector2, fixed: Vector2): Vector2 {
  const [x, y] = times(power(M, n), [start[0] - fixed[0], start[1] - fixed[1]]);
  return [x + fixed[0], y + fixed[1]];
}
