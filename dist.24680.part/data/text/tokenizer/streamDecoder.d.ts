import type { Tokenizer } from './contract.js';
/** Turns ids into text as they come. */
export interface StreamDecoder {
    /** The text that this id completes; empty while a character is still open. */
    push(id: number): string;
    /** What is left: U+FFFD for a character that was never completed, else nothing. The decoder is then new. */
    end(): string;
}
/**
 * A decoder that never gives half a character: all pushes and `end` together equal `decode` of all ids, up
 * to the end of text, which closes an open character.
 */
export declare function createStreamDecoder(tokenizer: Tokenizer): StreamDecoder;
