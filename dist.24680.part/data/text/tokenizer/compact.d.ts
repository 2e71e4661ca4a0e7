import type { TokenizerKind } from './contract.js';
/**
 * GPT-2's vocabulary (r50k, from gpt-tokenizer) cut to the pieces that serve the training text best; every
 * word is cut into as few of them as possible, and into bytes where none fits.
 */
export declare const compact: TokenizerKind;
