import type { Corpus, SourceFile } from '../corpus/corpus.js';
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

function countStories(split: Iterable<string>): SplitInfo {
  let stories = 0;
  let bytes = 0;
  for (const story of split) {
    stories += 1;
    bytes += Buffer.byteLength(story, 'utf8');
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

/** Counts of a corpus, with those of its tokens when its encoded set is given. */
export function describeCorpus(corpus: Corpus, set?: EncodedSet): CorpusInfo {
  const { name, bytes, fingerprint, files } = corpus;
  const [train, validation] = set
    ? [countTokens(set.train), countTokens(set.validation)]
    : [countStories(corpus.train), countStories(corpus.validation)];
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
