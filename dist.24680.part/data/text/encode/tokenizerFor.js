import { lookUp } from '../../../src/core/errors.js';
import { tokenizers } from '../tokenizer/registry.js';
/**
 * The tokenizer of this kind for a corpus: trained on its training stories, or that of a prepared set when it
 * is of the same kind and fits in the vocabulary asked for.
 *
 * @throws ConfigError for an unknown kind or a wrong vocabulary size; DataError when the text cannot be read.
 */
export function tokenizerFor(corpus, name, options) {
    const kind = lookUp('tokenizer', tokenizers, name);
    const ready = corpus.prepared?.tokenizer;
    if (ready?.name === name && ready.vocabularySize <= options.vocabularySize)
        return ready;
    return kind.train(corpus.train, options);
}
