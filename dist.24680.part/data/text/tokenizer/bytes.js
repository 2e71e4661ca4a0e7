import { DataError } from '../../../src/core/errors.js';
import { checkVocabularySize } from './vocabularySize.js';
import { END_OF_TEXT, PieceTable } from './pieceTable.js';
import { assertWellFormed } from './utf8.js';
const VERSION = 1;
class BytesTokenizer {
    name = 'bytes';
    endOfText = END_OF_TEXT;
    table = new PieceTable([]);
    vocabularySize = this.table.size;
    encode(text) {
        assertWellFormed(text, 'encode');
        return Array.from(Buffer.from(text, 'utf8'));
    }
    decode(ids) {
        return this.table.decode(ids);
    }
    bytesOf(id) {
        return this.table.bytesOf(id);
    }
    toJSON() {
        return { name: this.name, version: VERSION };
    }
}
/** Every UTF-8 byte is a token: 256 bytes and the end of text, whatever the vocabulary asked for. */
export const bytes = {
    name: 'bytes',
    title: 'one token a UTF-8 byte (257 ids)',
    train(_texts, { vocabularySize }) {
        checkVocabularySize(vocabularySize, Infinity);
        return new BytesTokenizer();
    },
    fromJSON(json) {
        if (json.version === VERSION)
            return new BytesTokenizer();
        throw new DataError(`tokenizer.version: expected ${VERSION}, got ${json.version}; it was written by another release`);
    },
};
