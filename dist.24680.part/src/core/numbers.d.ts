/** The mean; NaN of no numbers. */
export declare function mean(values: ArrayLike<number>): number;
/** The dot product, in double precision. The second vector is at least as long as the first. */
export declare function dot(a: ArrayLike<number>, b: ArrayLike<number>): number;
