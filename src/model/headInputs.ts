import { rmsNorm } from '../ops/rmsNorm.js';
import type { Tensor } from '../core/tf.js';
import { block, foldedHead } from '../layers/functions/block.js';
import { headInput } from '../layers/functions/conditioningHead.js';
import type { HeadPlan } from '../layers/functions/headPlan.js';
import { embedTokens } from '../layers/tokenEmbedding.js';
import type { SequenceInput } from '../rules/contract.js';
import type { LanguageModel } from './languageModel.js';

/** A block's heads and what their rule is given at every token. */
export interface HeadInputs {
  /** Place of the block in the model. */
  readonly block: number;
  readonly plan: HeadPlan;
  readonly input: SequenceInput;
}

/**
 * What the rule of every conditioning block is given on these tokens, to be run again with `runSequence`. Blocks
 * of softmax heads have no memory and are left out.
 *
 * Shapes: ids, documents [B,T] int32 -> as `SequenceInput`.
 * State: pure; traceable; disposes nothing.
 */
export function headInputs(model: LanguageModel, ids: Tensor, documents?: Tensor): HeadInputs[] {
  const found: HeadInputs[] = [];
  let x = embedTokens(model.table, ids, model.embedding.options.scale);
  for (const [i, layer] of model.layers.entries()) {
    const weights = layer.read();
    const { mixer, normEpsilon } = layer.plan;
    if (mixer.kind === 'conditioning') {
      const input = headInput(foldedHead(weights), mixer.plan, rmsNorm(x, normEpsilon), documents);
      found.push({ block: i, plan: mixer.plan, input });
    }
    x = block(weights, layer.plan, x, documents);
  }
  return found;
}
