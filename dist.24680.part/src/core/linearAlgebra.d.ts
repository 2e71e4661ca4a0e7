/**
 * Length of all entries of a memory as one vector.
 *
 *   |S|_F = sqrt(sum_ij S_ij^2)
 */
export declare function frobeniusNorm(values: ArrayLike<number>): number;
/**
 * The singular values of a matrix `[rows,columns]`, row-major, largest first: as many as its shorter side. All
 * NaN when an entry is not finite.
 *
 * Source: one-sided Jacobi rotations, Hestenes 1958.
 */
export declare function singularValues(matrix: ArrayLike<number>, rows: number, columns: number): Float64Array;
/**
 * How many directions of a memory are in use: the exponential of the entropy of its singular values.
 *
 *   exp(-sum_i p_i ln p_i),   p_i = s_i / sum s
 *
 * 1 for one association, r for r orthogonal ones of equal strength, 0 for an empty memory.
 * Source: Roy and Vetterli 2007, "The effective rank: a measure of effective dimensionality".
 */
export declare function effectiveRank(singular: ArrayLike<number>): number;
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
export declare function keyInterference(keys: ArrayLike<number>, size: number): number;
