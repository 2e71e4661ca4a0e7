export type { ReadFile, Runtime, RuntimeSession, RuntimeTensor } from './contract.js';
export { ExportedModel, type StateValue, type WebGenerateOptions } from './exportedModel.js';
export { readTokenizer } from './tokenizer.js';
