export { compare, type CompareOptions, type CompareResult } from './compare.js';
export {
  evaluate,
  probe,
  type EvaluateOptions,
  type EvaluationResult,
  type ProbeOptions,
} from './evaluate.js';
export {
  generate,
  generateMany,
  type WriteManyOptions,
  type WriteOptions,
  type WrittenText,
} from './generate.js';
export { train, type TrainOptions } from './train.js';
