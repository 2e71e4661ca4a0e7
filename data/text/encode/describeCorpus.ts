import type { Corpus, SourceFile } from '../corpus/corpus.js';
import { runWork, type Following, type Work } from '../work.js';
import type { EncodedSet, TokenSet } from './tokenSet.js';
import { storyCount } from './tokenSet.js';

/** Counts of one split. */
export interface SplitInfo {
  readonly stories: number;
  /** UTF-8 bytes of the stories, without markers. */
  readonly bytes: number;
  /** Tokens of the stories, without end-of-text ids; when encoded. */
  readonly tokens?: number;
  readonly tokensPerByte?: number;
  readonly longestStoryTokens?: number;
}

/** Counts of a corpus. */
export interface CorpusInfo {
  readonly name: string;
  /** Size of the source, with its markers. */
  readonly sourceBytes: number;
  readonly fingerprint: string;
  readonly files: readonly SourceFile[];
  readonly vocabularySize?: number;
  readonly train: SplitInfo;
  readonly validation: SplitInfo;
  /** What the readers left out, or may have taken otherwise than it was meant. */
  readonly remarks: readonly string[];
}

function* countStories(split: Iterable<string>): Work<SplitInfo> {
  let stories = 0;
  let bytes = 0;
  for (const story of split) {
    stories += 1;
    const size = Buffer.byteLength(story, 'utf8');
    bytes += size;
    yield size;
  }
  return { stories, bytes };
}

function countTokens(set: TokenSet): SplitInfo {
  const tokens = set.tokens.length;
  const longest = set.starts.reduce(
    (most, start, i) => Math.max(most, (set.starts[i + 1] ?? start) - start),
    0,
  );
  return {
    stories: storyCount(set),
    bytes: set.bytes,
    tokens,
    tokensPerByte: tokens / set.bytes,
    longestStoryTokens: longest,
  };
}

/**
 * Counts of a corpus, with those of its tokens when its encoded set is given.
 *
 * @throws DataError when the text cannot be read; the signal's reason when aborted.
 */
export async function describeCorpus(
  corpus: Corpus,
  set?: EncodedSet,
  following: Following = {},
): Promise<CorpusInfo> {
  const { name, bytes, fingerprint, files } = corpus;
  const count = async (split: 'train' | 'validation'): Promise<SplitInfo> =>
    set
      ? countTokens(set[split])
      : runWork(countStories(corpus[split]), following, { doing: `counting the ${split} stories` });
  const train = await count('train');
  const validation = await count('validation');
  return {
    name,
    sourceBytes: bytes,
    fingerprint,
    files,
    ...(set && { vocabularySize: set.train.vocabularySize }),
    train,
    validation,
    remarks: corpus.remarks?.() ?? [],
  };
}
