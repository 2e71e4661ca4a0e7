import type { Rng } from '../core/rng.js';
import type { Variable } from '../core/tf.js';
import { Block } from '../layers/block.js';
import { headOptionsOf } from '../layers/functions/headOptions.js';
import type { PavlovLayer } from '../layers/pavlovLayer.js';
import { headKinds, type ModelConfig } from './config.js';

/** A trained weight of a model. Names are stable: they are the names in a checkpoint. */
export interface WeightInfo {
  /** Such as `layers.0.head.qkv`. */
  readonly name: string;
  readonly variable: Variable;
  readonly shape: readonly number[];
  /** Subject to weight decay: matrices; not embeddings, norms, gates, biases, convolutions. */
  readonly decayed: boolean;
  /** A two-dimensional hidden matrix, `[in, out]`. */
  readonly matrix: boolean;
}

/**
 * Standard deviation of a logit at initialisation: the normed hidden vector has length sqrt(D), so a table of
 * deviation LOGIT_DEVIATION / sqrt(D) starts every width within 0.02 nats of ln(vocabulary).
 */
export const LOGIT_DEVIATION = 0.2;

/** The weights of a layer, their names under a prefix. */
export function weightsOfLayer(prefix: string, layer: PavlovLayer<object>): WeightInfo[] {
  const { variables } = layer;
  return layer.specs.flatMap(({ name, shape, decayed, matrix }, i) => {
    const variable = variables[i];
    return variable ? [{ name: `${prefix}.${name}`, variable, shape, decayed, matrix }] : [];
  });
}

/** The blocks of a model with fresh weights; the same stream gives the same. */
export function createBlocks(config: Omit<ModelConfig, 'vocabularySize'>, rng: Rng): Block[] {
  const { layers, heads, keySize, valueSize, mlpWidth, convolution, outputGate, chunkSize, normEpsilon } =
    config;
  const { rule, ruleParams, gate, gateParams } = config;
  const shared = { heads, keySize, valueSize, mlpWidth, convolution, outputGate, chunkSize, normEpsilon };
  return headKinds(config).map(
    (head, i) =>
      new Block({
        ...shared,
        ...headOptionsOf(config),
        rule,
        ruleParams,
        gate,
        gateParams,
        head,
        layer: i,
        layers,
        // Two additions a block to the residual stream, which so keeps its size at any depth.
        outputScale: 1 / Math.sqrt(2 * layers),
        seed: rng.derive('blocks', i).uint32(),
        name: `block_${i}`,
      }),
  );
}
