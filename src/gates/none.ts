import type { DecayGate } from './contract.js';

/** No decay: the memory keeps everything until a rule overwrites it. */
export const none = {
  name: 'none',
  title: 'No decay',
  equation: 'alpha_t = 1',
  source: 'Katharopoulos et al. 2020, arXiv:2006.16236 (linear attention). Equations 16 to 20.',
  params: {},
  columns: () => 0,
  weights: () => [],
  logDecay: () => undefined,
} satisfies DecayGate;
