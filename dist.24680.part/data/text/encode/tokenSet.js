/** Number of stories of a set. */
export function storyCount(set) {
    return set.starts.length - 1;
}
/** The tokens of one story, as a view. */
export function storyTokens(set, story) {
    return set.tokens.subarray(set.starts[story], set.starts[story + 1]);
}
/** Number of tokens of one story, without the end of text. */
export function storyLength(set, story) {
    return (set.starts[story + 1] ?? 0) - (set.starts[story] ?? 0);
}
/** The first `count` stories of a set as views; all of them when it has fewer. */
export function takeStories(set, count) {
    const stories = Math.min(count, storyCount(set));
    const storyBytes = set.storyBytes.subarray(0, stories);
    return {
        ...set,
        tokens: set.tokens.subarray(0, set.starts[stories]),
        starts: set.starts.subarray(0, stories + 1),
        storyBytes,
        bytes: storyBytes.reduce((sum, bytes) => sum + bytes, 0),
    };
}
