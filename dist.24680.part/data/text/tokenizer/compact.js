import { DataError } from '../../../src/core/errors.js';
import { choosePieces, PIECE_LIMIT } from './choosePieces.js';
import { END_OF_TEXT, FIRST_PIECE, PieceTable } from './pieceTable.js';
import { partsOf, shortestCut } from './segment.js';
import { countWords, splitWords } from './split.js';
import { assertWellFormed, toByteString } from './utf8.js';
import { checkVocabularySize } from './vocabularySize.js';
const VERSION = 1;
const LARGEST = FIRST_PIECE + PIECE_LIMIT;
/** Words remembered with their ids; a text repeats few words often, so forgetting all at once is cheap. */
const CACHED_WORDS = 1 << 16;
const LONGEST_CACHED = 64;
class CompactTokenizer {
    pieces;
    name = 'compact';
    endOfText = END_OF_TEXT;
    vocabularySize;
    table;
    idOf;
    longest;
    cache = new Map();
    constructor(pieces) {
        this.pieces = pieces;
        this.table = new PieceTable(pieces);
        this.vocabularySize = this.table.size;
        this.idOf = new Map(pieces.map((piece, index) => [piece, FIRST_PIECE + index]));
        this.longest = pieces.reduce((longest, piece) => Math.max(longest, piece.length), 1);
    }
    encode(text) {
        assertWellFormed(text, 'encode');
        const ids = [];
        for (const word of splitWords(text))
            for (const id of this.encodeWord(word))
                ids.push(id);
        return ids;
    }
    encodeWord(word) {
        const known = this.cache.get(word);
        if (known)
            return known;
        const bytes = toByteString(word);
        const lengths = shortestCut(bytes, (part) => this.idOf.has(part), this.longest);
        const ids = partsOf(bytes, lengths).map((part) => this.idOf.get(part) ?? part.charCodeAt(0));
        if (this.cache.size >= CACHED_WORDS)
            this.cache.clear();
        if (word.length <= LONGEST_CACHED)
            this.cache.set(word, ids);
        return ids;
    }
    decode(ids) {
        return this.table.decode(ids);
    }
    bytesOf(id) {
        return this.table.bytesOf(id);
    }
    toJSON() {
        return { name: this.name, version: VERSION, pieces: this.pieces };
    }
}
function isPiece(value) {
    return typeof value === 'string' && /^[\u0000-\u00ff]{2,}$/.test(value);
}
function readPieces({ version, pieces }) {
    if (version !== VERSION) {
        throw new DataError(`tokenizer.version: expected ${VERSION}, got ${version}; it was written by another release`);
    }
    if (!Array.isArray(pieces) || !pieces.every(isPiece)) {
        throw new DataError('tokenizer.pieces: expected a list of byte strings of two bytes or more, got something else; ' +
            'the file is damaged');
    }
    if (new Set(pieces).size === pieces.length)
        return pieces;
    throw new DataError('tokenizer.pieces: expected distinct pieces, got one of them twice; the file is damaged');
}
/**
 * GPT-2's vocabulary (r50k, from gpt-tokenizer) cut to the pieces that serve the training text best; every
 * word is cut into as few of them as possible, and into bytes where none fits.
 */
export const compact = {
    name: 'compact',
    title: "the pieces of GPT-2's vocabulary that keep the training text shortest, bytes for the rest",
    train(texts, { vocabularySize }) {
        checkVocabularySize(vocabularySize, LARGEST);
        return new CompactTokenizer(choosePieces(countWords(texts), vocabularySize - FIRST_PIECE));
    },
    fromJSON(json) {
        return new CompactTokenizer(readPieces(json));
    },
};
