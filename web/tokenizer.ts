import { bytes } from '../data/text/tokenizer/bytes.js';
import { compactFromJson } from '../data/text/tokenizer/compactTokenizer.js';
import type { Tokenizer, TokenizerJson } from '../data/text/tokenizer/contract.js';
import { lookUp } from '../src/core/errors.js';

/** The tokenizers of this project, without what training them needs. */
const readers: Readonly<Record<string, (json: TokenizerJson) => Tokenizer>> = {
  compact: compactFromJson,
  bytes: (json) => bytes.fromJSON(json),
};

/**
 * A tokenizer from its JSON.
 *
 * @throws ConfigError when its name is unknown, DataError when it is damaged.
 */
export function readTokenizer(json: TokenizerJson): Tokenizer {
  return lookUp('tokenizer.name', readers, json.name)(json);
}
