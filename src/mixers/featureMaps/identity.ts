import type { Tensor } from '../../core/tf.js';
import type { FeatureMap } from './contract.js';

export const identity = {
  name: 'identity',
  title: 'Queries and keys as they are',
  equation: 'x',
  source: 'no publication',
  map: (x: Tensor): Tensor => x,
} satisfies FeatureMap;
