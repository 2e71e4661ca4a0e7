import { dot } from './numbers.js';
/** Rotations over all pairs end when every pair is this near to orthogonal. */
const ORTHOGONAL = 1e-12;
/** Sweeps of rotations; float64 matrices need about ten. */
const MOST_SWEEPS = 60;
/** Cosine from which on two keys count as the same one. */
const SAME_KEY = 1 - 1e-6;
/**
 * Length of all entries of a memory as one vector.
 *
 *   |S|_F = sqrt(sum_ij S_ij^2)
 */
export function frobeniusNorm(values) {
    return Math.sqrt(dot(values, values));
}
/**
 * The singular values of a matrix `[rows,columns]`, row-major, largest first: as many as its shorter side. All
 * NaN when an entry is not finite.
 *
 * Source: one-sided Jacobi rotations, Hestenes 1958.
 */
export function singularValues(matrix, rows, columns) {
    const vectors = shortSide(matrix, rows, columns);
    const norms = vectors.map(frobeniusNorm);
    if (norms.some((norm) => !Number.isFinite(norm)))
        return new Float64Array(vectors.length).fill(NaN);
    for (let sweep = 0; sweep < MOST_SWEEPS && rotateAll(vectors); sweep++)
        ;
    return Float64Array.from(vectors, frobeniusNorm).sort().reverse();
}
/** The rows or the columns of a matrix, whichever are fewer. */
function shortSide(matrix, rows, columns) {
    const [count, size] = rows <= columns ? [rows, columns] : [columns, rows];
    const at = (i, j) => (rows <= columns ? i * columns + j : j * columns + i);
    return Array.from({ length: count }, (_, i) => Float64Array.from({ length: size }, (__, j) => matrix[at(i, j)] ?? NaN));
}
/** Turns every pair of vectors until orthogonal, once; false when all of them were. */
function rotateAll(vectors) {
    let turned = false;
    for (const [p, a] of vectors.entries()) {
        for (const b of vectors.slice(p + 1))
            turned = rotate(a, b) || turned;
    }
    return turned;
}
function rotate(a, b) {
    const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
    if (Math.abs(ab) <= ORTHOGONAL * Math.sqrt(aa * bb))
        return false;
    const zeta = (bb - aa) / (2 * ab);
    const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
    const cosine = 1 / Math.hypot(1, tangent);
    const sine = cosine * tangent;
    for (let i = 0; i < a.length; i++) {
        const [x, y] = [a[i] ?? 0, b[i] ?? 0];
        a[i] = cosine * x - sine * y;
        b[i] = sine * x + cosine * y;
    }
    return true;
}
/**
 * How many directions of a memory are in use: the exponential of the entropy of its singular values.
 *
 *   exp(-sum_i p_i ln p_i),   p_i = s_i / sum s
 *
 * 1 for one association, r for r orthogonal ones of equal strength, 0 for an empty memory.
 * Source: Roy and Vetterli 2007, "The effective rank: a measure of effective dimensionality".
 */
export function effectiveRank(singular) {
    const values = Array.from(singular);
    const sum = values.reduce((a, b) => a + b, 0);
    if (sum === 0)
        return 0;
    return Math.exp(values.reduce((entropy, s) => entropy - (s === 0 ? 0 : (s / sum) * Math.log(s / sum)), 0));
}
/**
 * How much the keys of a sequence stand in each other's way: the mean size of the cosine between two of them.
 *
 *   mean over i < j of |k_i . k_j| / (|k_i| |k_j|)
 *
 * Pairs of the same direction (cosine above 1 - 1e-6) are one key met again and do not count, nor do keys of
 * zero. About sqrt(2 / (pi K)) for random keys; 0 for orthogonal ones, and when fewer than two are distinct.
 *
 * Shapes: keys `[N,size]`, row-major.
 */
export function keyInterference(keys, size) {
    const units = unitVectors(keys, size);
    let [sum, pairs] = [0, 0];
    for (const [i, a] of units.entries()) {
        for (const b of units.slice(i + 1)) {
            const cosine = dot(a, b);
            if (cosine > SAME_KEY)
                continue;
            sum += Math.abs(cosine);
            pairs += 1;
        }
    }
    return pairs === 0 ? 0 : sum / pairs;
}
function unitVectors(keys, size) {
    return Array.from({ length: Math.floor(keys.length / size) }, (_, n) => Float64Array.from({ length: size }, (__, i) => keys[n * size + i] ?? NaN))
        .map((key) => ({ key, norm: frobeniusNorm(key) }))
        .filter(({ norm }) => norm !== 0)
        .map(({ key, norm }) => key.map((x) => x / norm));
}
