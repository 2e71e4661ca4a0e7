import type { Tensor } from '../core/tf.js';
import { type Fields, flag, positive, throwFaults, wholeFrom } from './faults.js';
import { HEAD_OPTION_FIELDS, sharingFaults } from './functions/headOptions.js';
import { HEAD_OPTION_DEFAULTS } from './headDefaults.js';
import { softmaxHead, softmaxHeadSpecs, type SoftmaxOptions } from './functions/softmaxHead.js';
import { type LayerArgs, PavlovLayer, registerLayer } from './pavlovLayer.js';
import type { Weights, WeightSpec } from './weights.js';

/**
 * The baseline head: causal softmax attention without positions, after the same short convolution.
 *
 *   y = (softmax(q kᵀ / sqrt(K)) v silu(x W_gate)) W_out,   q, k, v = conv(x W_qkv)
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; documents never see each other.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 * Source: Vaswani et al. 2017, arXiv:1706.03762.
 */
export class SoftmaxHead extends PavlovLayer<SoftmaxOptions> {
  static override readonly className = 'PavlovSoftmaxHead';
  static override readonly fields: Fields = {
    heads: wholeFrom(1),
    keySize: wholeFrom(1),
    valueSize: wholeFrom(1),
    convolution: wholeFrom(0),
    outputGate: flag,
    keyValueHeads: HEAD_OPTION_FIELDS.keyValueHeads,
    momentumShift: HEAD_OPTION_FIELDS.momentumShift,
    outputScale: positive,
  };

  constructor(
    args: Partial<SoftmaxOptions> &
      Pick<SoftmaxOptions, 'heads' | 'keySize' | 'valueSize'> &
      LayerArgs & { readonly seed?: number },
  ) {
    const { keyValueHeads, momentumShift } = HEAD_OPTION_DEFAULTS;
    super(args, { convolution: 4, outputGate: true, keyValueHeads, momentumShift, outputScale: 1 });
    const faults = sharingFaults(this.options, this.options.heads);
    throwFaults(faults.map(({ field, message }) => `${SoftmaxHead.className}.${field}: ${message}`));
  }

  protected override specsFor(width: number): WeightSpec[] {
    return softmaxHeadSpecs(this.options, width);
  }

  protected override body(weights: Weights, x: Tensor, documents?: Tensor): Tensor {
    return softmaxHead(weights, this.options, x, documents);
  }
}

registerLayer(SoftmaxHead);
