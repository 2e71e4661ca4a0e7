import { tf, type Tensor } from '../../core/tf.js';
import type { FeatureMap } from './contract.js';

export const relu = {
  name: 'relu',
  title: 'Rectified',
  equation: 'max(x, 0)',
  source: 'Kasai et al. 2021, arXiv:2103.13076 (T2R, without its projection)',
  map: (x: Tensor): Tensor => tf.relu(x),
} satisfies FeatureMap;
