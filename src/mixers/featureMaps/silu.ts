import { silu as activation } from '../../ops/silu.js';
import type { FeatureMap } from './contract.js';

export const silu = {
  name: 'silu',
  title: 'SiLU',
  equation: 'x sigmoid(x)',
  source: 'Yang et al. 2024, arXiv:2406.06484 (DeltaNet)',
  map: activation,
} satisfies FeatureMap;
