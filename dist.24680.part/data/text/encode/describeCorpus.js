import { storyCount } from './tokenSet.js';
function countStories(split) {
    let stories = 0;
    let bytes = 0;
    for (const story of split) {
        stories += 1;
        bytes += Buffer.byteLength(story, 'utf8');
    }
    return { stories, bytes };
}
function countTokens(set) {
    const tokens = set.tokens.length;
    const longest = set.starts.reduce((most, start, i) => Math.max(most, (set.starts[i + 1] ?? start) - start), 0);
    return {
        stories: storyCount(set),
        bytes: set.bytes,
        tokens,
        tokensPerByte: tokens / set.bytes,
        longestStoryTokens: longest,
    };
}
/** Counts of a corpus, with those of its tokens when its encoded set is given. */
export function describeCorpus(corpus, set) {
    const { name, bytes, fingerprint, files } = corpus;
    const [train, validation] = set
        ? [countTokens(set.train), countTokens(set.validation)]
        : [countStories(corpus.train), countStories(corpus.validation)];
    return {
        name,
        sourceBytes: bytes,
        fingerprint,
        files,
        ...(set && { vocabularySize: set.train.vocabularySize }),
        train,
        validation,
        remarks: corpus.remarks?.() ?? [],
    };
}
