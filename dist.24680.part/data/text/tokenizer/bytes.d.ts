import type { TokenizerKind } from './contract.js';
/** Every UTF-8 byte is a token: 256 bytes and the end of text, whatever the vocabulary asked for. */
export declare const bytes: TokenizerKind;
