/**
 * The shortest cut of a byte string into pieces and single bytes, as the length of the part at each start.
 *
 *   cost(n) = 0,  cost(i) = 1 + min over parts p at i of cost(i + |p|)
 *
 * Single bytes are always parts, so there is always a cut. Of equally short cuts the one with the longer
 * first part wins. Time is linear in the length of `word` (times `longest`).
 *
 * @param isPiece whether a part of two bytes or more may be used
 * @param longest bytes of the longest piece
 */
export declare function shortestCut(word: string, isPiece: (part: string) => boolean, longest: number): Int32Array;
/** The parts of a cut, first to last. */
export declare function partsOf(word: string, lengths: Int32Array): string[];
