/** What the text of ids needs of a tokenizer. */
export interface TokenBytes {
  /** Id of the marker between texts. */
  readonly endOfText: number;
  /** UTF-8 bytes of one token; empty for `endOfText`. */
  bytesOf(id: number): Uint8Array;
}

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
export function createStreamDecoder(tokenizer: TokenBytes): StreamDecoder {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push(id) {
      if (id === tokenizer.endOfText) return decoder.decode();
      return decoder.decode(tokenizer.bytesOf(id), { stream: true });
    },
    end: () => decoder.decode(),
  };
}
