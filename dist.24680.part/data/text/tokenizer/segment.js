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
export function shortestCut(word, isPiece, longest) {
    const size = word.length;
    const cost = new Int32Array(size + 1);
    const lengths = new Int32Array(size);
    for (let start = size - 1; start >= 0; start--) {
        let best = 1 + (cost[start + 1] ?? 0);
        let chosen = 1;
        const limit = Math.min(longest, size - start);
        for (let length = 2; length <= limit; length++) {
            const total = 1 + (cost[start + length] ?? 0);
            if (total > best || !isPiece(word.slice(start, start + length)))
                continue;
            best = total;
            chosen = length;
        }
        cost[start] = best;
        lengths[start] = chosen;
    }
    return lengths;
}
/** The parts of a cut, first to last. */
export function partsOf(word, lengths) {
    const parts = [];
    for (let start = 0; start < word.length;) {
        const end = start + (lengths[start] ?? 1);
        parts.push(word.slice(start, end));
        start = end;
    }
    return parts;
}
