import { at } from './drawing.js';
import { dot } from '../../src/core/numbers.js';

/** Rows below this share of the largest pivot count as dependent. */
const RANK_TOLERANCE = 1e-10;

/** Takes out of `vector` what lies along the unit vectors, twice, which leaves rounding errors only. */
function orthogonalise(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++)
    for (const unit of basis) {
      const along = dot(vector, unit);
      for (let j = 0; j < vector.length; j++) vector[j] = at(vector, j) - along * at(unit, j);
    }
}

/** A matrix by rows as orthonormal rows Q and the coefficients of each row in them: X = L Q. */
function decompose(xs: readonly Float64Array[]): { basis: Float64Array[]; coefficients: Float64Array[] } {
  const basis: Float64Array[] = [];
  for (const x of xs) {
    const rest = x.slice();
    orthogonalise(rest, basis);
    const length = Math.sqrt(dot(rest, rest));
    if (length > RANK_TOLERANCE * Math.sqrt(dot(x, x))) basis.push(rest.map((value) => value / length));
  }
  return { basis, coefficients: xs.map((x) => Float64Array.from(basis, (unit) => dot(x, unit))) };
}

/** Solves the symmetric positive definite system A z = b in place by elimination. */
function solveSymmetric(a: readonly Float64Array[], b: Float64Array): Float64Array {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    const pivot = a[i] ?? new Float64Array(n);
    for (let r = i + 1; r < n; r++) {
      const row = a[r] ?? new Float64Array(n);
      const factor = at(row, i) / at(pivot, i);
      for (let c = i; c < n; c++) row[c] = at(row, c) - factor * at(pivot, c);
      b[r] = at(b, r) - factor * at(b, i);
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    const row = a[i] ?? new Float64Array(n);
    let sum = at(b, i);
    for (let c = i + 1; c < n; c++) sum -= at(row, c) * at(b, c);
    b[i] = sum / at(row, i);
  }
  return b;
}

/**
 * The shortest w that makes sum_i (y_i - w.x_i)^2 least: w = Q^T z with (L^T L) z = L^T y for X = L Q.
 *
 * In float64; meant for tens of coordinates.
 */
export function leastSquares(xs: readonly Float64Array[], ys: readonly number[]): Float64Array {
  const { basis, coefficients } = decompose(xs);
  const rank = basis.length;
  const gram = Array.from({ length: rank }, (_, i) =>
    Float64Array.from({ length: rank }, (_, j) =>
      coefficients.reduce((sum, row) => sum + at(row, i) * at(row, j), 0),
    ),
  );
  const right = Float64Array.from({ length: rank }, (_, i) =>
    coefficients.reduce((sum, row, n) => sum + at(row, i) * at(ys, n), 0),
  );
  const z = solveSymmetric(gram, right);
  const weights = new Float64Array(xs[0]?.length ?? 0);
  for (const [i, unit] of basis.entries())
    for (let j = 0; j < weights.length; j++) weights[j] = at(weights, j) + at(z, i) * at(unit, j);
  return weights;
}
