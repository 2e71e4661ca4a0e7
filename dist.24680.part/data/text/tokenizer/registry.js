import { DataError, lookUp } from '../../../src/core/errors.js';
import { bytes } from './bytes.js';
import { compact } from './compact.js';
/** All tokenizers by name. */
export const tokenizers = { compact, bytes };
function isTokenizerJson(value) {
    if (typeof value !== 'object' || value === null)
        return false;
    return 'name' in value && typeof value.name === 'string' && 'version' in value;
}
/**
 * Rebuilds any tokenizer from its JSON.
 *
 * @throws DataError when it is not a tokenizer or is damaged; ConfigError when its name is unknown.
 */
export function tokenizerFromJson(json) {
    if (isTokenizerJson(json))
        return lookUp('tokenizer.name', tokenizers, json.name).fromJSON(json);
    throw new DataError('tokenizer: expected an object with name and version, got something else; the file is damaged');
}
