export type { Batch } from './batch.js';
export type { Tokenizer, TokenizerJson, TokenizerKind, TokenizerOptions } from './tokenizer/contract.js';
export { tokenizers, tokenizerFromJson } from './tokenizer/registry.js';
export { createStreamDecoder, type StreamDecoder } from './tokenizer/streamDecoder.js';
export {
  storyCount,
  storyLength,
  storyTokens,
  takeStories,
  type EncodedSet,
  type TokenSet,
} from './encode/tokenSet.js';
export { encodeStories } from './encode/encodeStories.js';
export {
  encodeCorpus,
  encodingKey,
  tokenizerHash,
  type EncodeEvent,
  type EncodeOptions,
} from './encode/encodeCorpus.js';
export { prepareCorpus } from './encode/prepared.js';
export { tokenizerFor } from './encode/tokenizerFor.js';
export { describeCorpus, type CorpusInfo, type SplitInfo } from './encode/describeCorpus.js';
export type { Corpus, Prepared, SourceFile } from './corpus/corpus.js';
export { loadCorpus, type CorpusOptions } from './corpus/loadCorpus.js';
export { BatchCursor, type BatchShape, type CursorOptions, type CursorState } from './batches/batchCursor.js';
export { validationBatches, type ValidationBatch } from './batches/validationBatches.js';
export { toyStories, toyStory, type Split, type ToyOptions, type ToyStories } from './corpus/toy.js';
export { downloadFile, type Downloaded, type DownloadOptions } from './download/downloadFile.js';
export type { DownloadEvent, DownloadTiming, Verified } from './download/events.js';
export { fetchTinyStories, TINY_STORIES_ADDRESS, type TinyStoriesOptions } from './download/tinyStories.js';
export * from './tasks/index.js';
