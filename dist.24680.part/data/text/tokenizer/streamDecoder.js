/**
 * A decoder that never gives half a character: all pushes and `end` together equal `decode` of all ids, up
 * to the end of text, which closes an open character.
 */
export function createStreamDecoder(tokenizer) {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return {
        push(id) {
            if (id === tokenizer.endOfText)
                return decoder.decode();
            return decoder.decode(tokenizer.bytesOf(id), { stream: true });
        },
        end: () => decoder.decode(),
    };
}
