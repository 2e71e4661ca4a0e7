import type { Tokenizer, TokenizerKind } from './contract.js';
/** All tokenizers by name. */
export declare const tokenizers: Readonly<Record<string, TokenizerKind>>;
/**
 * Rebuilds any tokenizer from its JSON.
 *
 * @throws DataError when it is not a tokenizer or is damaged; ConfigError when its name is unknown.
 */
export declare function tokenizerFromJson(json: unknown): Tokenizer;
