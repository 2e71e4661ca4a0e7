/** Stories of the two splits. */
export interface SplitStories {
    readonly train: Iterable<string>;
    readonly validation: Iterable<string>;
}
/**
 * Checks the share of stories that is held out.
 *
 * @throws ConfigError when it is not above 0 and at most 0.5.
 */
export declare function checkFraction(fraction: number): void;
/**
 * Splits stories that come without a validation file: every n-th story is held out, n = 1 / fraction, and of
 * a shorter list the last one. A single text is cut near its end, at a line where there is one.
 *
 * Reads all stories once to count them.
 *
 * @throws DataError when one text is too short to be cut.
 */
export declare function splitStories(where: string, stories: Iterable<string>, fraction: number): SplitStories;
