import { z } from 'zod';
import { lookUp } from '../../../src/core/errors.js';
import { optionsCheck } from '../../../src/core/options.js';
import type { Corpus } from '../corpus/corpus.js';
import type { Tokenizer, TokenizerOptions } from '../tokenizer/contract.js';
import { tokenizers } from '../tokenizer/registry.js';
import { followingFields, runWork, type Following } from '../work.js';

const checkOptions = optionsCheck<TokenizerOptions & Following>({
  vocabularySize: z.number(),
  ...followingFields,
});

/**
 * The tokenizer of this kind for a corpus: trained on its training stories, or that of a prepared set when it
 * is of the same kind and fits in the vocabulary asked for.
 *
 * @throws ConfigError for an unknown kind or a wrong vocabulary size; DataError when the text cannot be read; the
 *   signal's reason when aborted.
 */
export async function tokenizerFor(
  corpus: Corpus,
  name: string,
  options: TokenizerOptions & Following,
): Promise<Tokenizer> {
  const { vocabularySize, ...following } = checkOptions('tokenizerFor', options);
  const kind = lookUp('tokenizer', tokenizers, name);
  const ready = corpus.prepared?.tokenizer;
  if (ready?.name === name && ready.vocabularySize <= vocabularySize) return ready;
  const work = kind.train(corpus.train, { vocabularySize });
  return runWork(work, following, { doing: 'training the tokenizer' });
}
