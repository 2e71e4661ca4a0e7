import { tf, type Tensor } from '../core/tf.js';
import type { TensorTree } from './engine.js';

/** Whether every number of a result is finite. */
export function isFiniteTree(tree: TensorTree): boolean {
  const tensors =
    tree instanceof tf.Tensor ? [tree] : Object.values<Tensor>(tree as Readonly<Record<string, Tensor>>);
  return tensors.every((tensor) => tensor.dataSync().every((x) => Number.isFinite(x)));
}
