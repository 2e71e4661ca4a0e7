import { tf, type Tensor } from '../../core/tf.js';
import type { FeatureMap } from './contract.js';

export const elu = {
  name: 'elu+1',
  title: 'Above 0 everywhere',
  equation: 'elu(x) + 1',
  source: 'Katharopoulos et al. 2020, arXiv:2006.16236 (linear attention), equation 7',
  map: (x: Tensor): Tensor => tf.add(tf.elu(x), 1),
} satisfies FeatureMap;
