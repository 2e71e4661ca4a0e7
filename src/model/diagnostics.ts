import { rmsNorm } from '../core/ops/rmsNorm.js';
import { tf, type Tensor } from '../core/tf.js';
import { block, foldedHead } from '../layers/functions/block.js';
import { headControls } from '../layers/functions/conditioningHead.js';
import { embedTokens } from '../layers/tokenEmbedding.js';
import type { LanguageModel } from './languageModel.js';

/** Decay and signals of every conditioning head on these tokens, by name. See `LanguageModel.diagnostics`. */
export function diagnose(model: LanguageModel, ids: Tensor, documents?: Tensor): Record<string, Tensor> {
  const found: Record<string, Tensor> = {};
  let x = embedTokens(model.table, ids, model.embedding.options.scale);
  for (const [i, layer] of model.blocks.entries()) {
    const weights = layer.read();
    const { mixer, normEpsilon } = layer.plan;
    if (mixer.kind === 'conditioning') {
      const { signals, logDecay } = headControls(foldedHead(weights), mixer.plan, rmsNorm(x, normEpsilon));
      if (logDecay) found[`blocks.${i}.decay`] = tf.exp(logDecay);
      for (const [name, signal] of Object.entries(signals)) found[`blocks.${i}.${name}`] = signal;
    }
    x = block(weights, layer.plan, x, documents);
  }
  return found;
}
