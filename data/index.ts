/**
 * Text and synthetic tasks as batches of typed arrays.
 *
 * @module pavlov-lm/data
 */

export type { Batch } from './text/batches/batch.js';
export {
  DEFAULT_TOKENIZER,
  type Tokenizer,
  type TokenizerJson,
  type TokenizerKind,
  type TokenizerOptions,
} from './text/tokenizer/contract.js';
export { tokenizers, tokenizerFromJson } from './text/tokenizer/registry.js';
export { createStreamDecoder, type StreamDecoder } from '../src/core/streamDecoder.js';
export {
  storyCount,
  storyLength,
  storyTokens,
  takeStories,
  takeTokens,
  targetCount,
  type EncodedSet,
  type TokenSet,
} from './text/encode/tokenSet.js';
export { pause, runWork, type Following, type Progress, type Work } from './text/work.js';
export { hashTokens } from './text/encode/tokenFile.js';
export { sketchStories, storiesInSketch } from './text/encode/storySketch.js';
export { encodePrompt, encodeStories, encodeText, encodingWork } from './text/encode/encodeStories.js';
export {
  encodeCorpus,
  encodingKey,
  tokenizerHash,
  type EncodeEvent,
  type EncodeOptions,
} from './text/encode/encodeCorpus.js';
export { prepareCorpus } from './text/encode/prepared.js';
export { tokenizerFor } from './text/encode/tokenizerFor.js';
export { describeCorpus, type CorpusInfo, type SplitInfo } from './text/encode/describeCorpus.js';
export type { Corpus, Prepared, SourceFile } from './text/corpus/corpus.js';
export { loadCorpus, type CorpusOptions } from './text/loadCorpus.js';
export {
  BatchCursor,
  type BatchShape,
  type CursorOptions,
  type CursorState,
} from './text/batches/batchCursor.js';
export { validationBatches, type ValidationBatch } from './text/batches/validationBatches.js';
export { toyStories, toyStory, type Split, type ToyOptions, type ToyStories } from './text/corpus/toy.js';
export { downloadFile, type Downloaded } from './text/download/downloadFile.js';
export type { DownloadEvent, DownloadOptions, DownloadTiming } from './text/download/options.js';
export {
  fetchTinyStories,
  TINY_STORIES_ADDRESS,
  type TinyStoriesOptions,
} from './text/download/tinyStories.js';
export * from './tasks/index.js';
