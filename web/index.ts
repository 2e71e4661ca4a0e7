export type {
  ReadFile,
  Runtime,
  RuntimeSession,
  RuntimeTensor,
  SavedState,
  StateFacts,
  StateValue,
} from './contract.js';
export { ExportedModel, type WebGenerateOptions } from './exportedModel.js';
export type {
  Change,
  LayerChange,
  LayerView,
  PlayFacts,
  PlayFolder,
  PlayLayer,
  PlayRun,
  PlayStep,
  Shares,
} from './playContract.js';
export {
  type Patch,
  type PlayLoadOptions,
  PlayModel,
  readPlayFolder,
  replay,
  type ReplayOptions,
} from './playModel.js';
export { serverRuntime } from './serverRuntime.js';
export { withCheckpoint } from './withCheckpoint.js';
export { readTokenizer } from './tokenizer.js';
