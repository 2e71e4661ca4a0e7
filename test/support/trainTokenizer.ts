import { type Tokenizer, tokenizers } from '../../data/index.js';
import { finishWork } from '../../data/text/work.js';

/** A tokenizer of the registry, trained at once. */
export function trainTokenizer(
  name: 'bytes' | 'compact',
  texts: Iterable<string> = [],
  vocabularySize = 257,
): Tokenizer {
  return finishWork(tokenizers[name]!.train(texts, { vocabularySize }));
}
