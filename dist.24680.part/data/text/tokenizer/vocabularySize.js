import { ConfigError } from '../../../src/core/errors.js';
import { FIRST_PIECE } from './pieceTable.js';
/**
 * Checks a vocabulary size asked for.
 *
 * @throws ConfigError when it is not a whole number in [257, largest].
 */
export function checkVocabularySize(size, largest) {
    if (Number.isInteger(size) && size >= FIRST_PIECE && size <= largest)
        return;
    throw new ConfigError(`vocabularySize: expected a whole number in [${FIRST_PIECE}, ${largest}], got ${size}; ` +
        `${FIRST_PIECE} ids are the bytes and the end of text`);
}
