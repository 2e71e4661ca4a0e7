import type { ModelConfig } from '../../src/model/config.js';

/** A model small enough for exhaustive tests; K, V and the chunk differ so that a mix-up shows. */
export const tinyConfig: ModelConfig = {
  vocabulary: 50,
  width: 16,
  blocks: 2,
  heads: 2,
  keySize: 4,
  valueSize: 6,
  mlpWidth: 24,
  convolution: 4,
  outputGate: true,
  rule: 'hebbian',
  ruleParams: {},
  gate: 'none',
  gateParams: {},
  chunkSize: 4,
  head: 'conditioning',
  normEpsilon: 1e-6,
};
