import { textPieces } from '../tokenizer/split.js';
import { GrowingArray } from './growingArray.js';
/** The integer array that holds ids of a vocabulary in the least memory. */
function tokenArray(vocabularySize) {
    return vocabularySize <= 65536 ? Uint16Array : Int32Array;
}
/** Collects encoded stories into one set. */
export class TokenSetBuilder {
    tokenizer;
    tokens;
    starts = new GrowingArray((size) => new Uint32Array(size));
    storyBytes = new GrowingArray((size) => new Uint32Array(size));
    size = 0;
    constructor(tokenizer) {
        this.tokenizer = tokenizer;
        const kind = tokenArray(tokenizer.vocabularySize);
        this.tokens = new GrowingArray((size) => new kind(size));
        this.starts.append([0]);
    }
    /** UTF-8 bytes of the stories so far. */
    get bytes() {
        return this.size;
    }
    /** Number of stories so far. */
    get stories() {
        return this.storyBytes.length;
    }
    /** Encodes one story behind those already there. */
    add(story) {
        const size = Buffer.byteLength(story, 'utf8');
        for (const piece of textPieces(story))
            this.tokens.append(this.tokenizer.encode(piece));
        this.starts.append([this.tokens.length]);
        this.storyBytes.append([size]);
        this.size += size;
    }
    /** The set so far. */
    build() {
        return {
            tokens: this.tokens.view(),
            starts: this.starts.view(),
            storyBytes: this.storyBytes.view(),
            bytes: this.size,
            endOfText: this.tokenizer.endOfText,
            vocabularySize: this.tokenizer.vocabularySize,
        };
    }
}
/** Encodes stories in memory. */
export function encodeStories(stories, tokenizer) {
    const builder = new TokenSetBuilder(tokenizer);
    for (const story of stories)
        builder.add(story);
    return builder.build();
}
