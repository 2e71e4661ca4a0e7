import { ConfigError } from '../../src/core/errors.js';
import type { Model } from '../../src/model/model.js';
import { gates } from '../../src/gates/registry.js';
import { rules } from '../../src/rules/registry.js';

/** Sizes that decide how the two layouts correspond. */
export interface FlaSizes {
  readonly H: number;
  readonly K: number;
  readonly V: number;
  readonly D: number;
  readonly layers: number;
  /** Columns of `controls`: beta of each head, and the decay of each where there is one. */
  readonly hasDecay: boolean;
  readonly hasConvolution: boolean;
  readonly hasOutputGate: boolean;
}

/**
 * Factor on the residual stream. flash-linear-attention divides queries by sqrt(K) and has one epsilon for all norms: with
 * the stream divided by sqrt(K) too, every norm sees the same numbers but for that factor, and an epsilon divided by K
 * makes them equal.
 */
export const streamScale = (K: number): number => 1 / Math.sqrt(K);

/** Feature maps by the name that flash-linear-attention has for them. */
const QK_ACTIVATIONS: Readonly<Record<string, string>> = {
  silu: 'silu',
  relu: 'relu',
  'elu+1': 'elu',
  identity: 'identity',
};

/** Why a model has no such layout, one reason each; empty where it has. */
function refusals(model: Model): string[] {
  const { config, ends, layers, weights } = model;
  const {
    keyValueHeads,
    heads,
    momentumShift,
    keyShift,
    lateWrites,
    updateEvery,
    mlpWidth,
    featureMap,
    rule,
    gate,
  } = config;
  const reasons: string[] = [];
  const refuse = (when: boolean, reason: string): void => {
    if (when) reasons.push(reason);
  };
  const { inputs, outputs } = ends;
  const isTied =
    inputs.kind === 'tokens' && outputs.kind === 'classes' && inputs.vocabularySize === outputs.classes;
  refuse(!isTied, 'it is no language model');
  refuse(
    layers.some(({ mixer }) => !(mixer.inBlock && mixer.takesRule)),
    'a layer is not of conditioning heads',
  );
  refuse(rules[rule]?.onnx !== 'delta', `rule '${rule}' has no layer there that takes its write strength`);
  const form = gates[gate]?.fla;
  if (!form) reasons.push(`gate '${gate}' has no counterpart there`);
  else if ('refused' in form) reasons.push(`gate '${gate}' has no counterpart: ${form.refused}`);
  else
    refuse(
      form.type !== 'delta_net' && featureMap !== 'silu',
      `featureMap '${featureMap}' goes with gate 'none' only; there is SiLU alone`,
    );
  refuse((keyValueHeads ?? heads) !== heads, 'heads there do not share memories as keyValueHeads says');
  refuse(momentumShift, 'queries with momentum (momentumShift) are not there');
  refuse(keyShift, 'keys mixed with the one before (keyShift) are not there');
  refuse(updateEvery !== 1, 'memories there change at every token, not as updateEvery says');
  refuse(lateWrites, 'writes one token late (lateWrites) are not there');
  refuse(mlpWidth === 0, 'every layer there has an MLP');
  for (const name of ['queryNorm', 'keyNorm'] as const) {
    refuse(!['rule', 'unit'].includes(config[name]), `${name} there is 'unit'`);
  }
  const { maxBeta = 1 } = config.ruleParams;
  refuse(maxBeta !== 1 && maxBeta !== 2, `beta there is below 1 or 2, not ${maxBeta}`);
  const biased = weights
    .filter(({ name }) => name.endsWith('.signalBias'))
    .some(({ variable }) => variable.dataSync().some((x) => x !== 0));
  refuse(biased, 'beta has no bias there; train with --set model.signalBias=false');
  return reasons;
}

/** What the two types of model have of their own. */
function ownFields(
  { heads, keySize, valueSize, width, featureMap }: Model['config'],
  gated: boolean,
): object {
  if (gated) return { head_dim: keySize, num_v_heads: null, expand_v: valueSize / keySize };
  return {
    expand_k: (heads * keySize) / width,
    expand_v: (heads * valueSize) / width,
    use_beta: true,
    qk_norm: 'l2',
    qk_activation: QK_ACTIVATIONS[featureMap],
  };
}

/**
 * The config.json of a model, and its sizes.
 *
 * @throws ConfigError with every reason why the model has no such layout.
 */
export function flaConfigOf(
  model: Model,
  endOfText: number,
): { config: Readonly<Record<string, unknown>>; sizes: FlaSizes } {
  const reasons = refusals(model);
  if (reasons.length > 0) {
    throw new ConfigError(
      `export: expected a model that flash-linear-attention has the layers for, got one that it has not: ${reasons.join('; ')}`,
    );
  }
  const { config, ends } = model;
  const { heads: H, keySize: K, valueSize: V, width: D, layers, convolution, outputGate } = config;
  const form = gates[config.gate]?.fla;
  const type = form && 'type' in form ? form.type : '';
  const gated = type === 'gated_deltanet';
  const hasConvolution = convolution > 0;
  return {
    config: {
      model_type: type,
      architectures: [gated ? 'GatedDeltaNetForCausalLM' : 'DeltaNetForCausalLM'],
      attn_mode: 'chunk',
      hidden_size: D,
      num_hidden_layers: layers,
      num_heads: H,
      ...ownFields(config, gated),
      use_gate: outputGate,
      use_short_conv: hasConvolution,
      conv_size: hasConvolution ? convolution : 4,
      allow_neg_eigval: config.ruleParams.maxBeta === 2,
      hidden_act: 'swish',
      hidden_ratio: null,
      intermediate_size: config.mlpWidth,
      norm_eps: config.normEpsilon / K,
      tie_word_embeddings: false,
      vocab_size: ends.inputs.kind === 'tokens' ? ends.inputs.vocabularySize : 0,
      bos_token_id: endOfText,
      eos_token_id: endOfText,
      pad_token_id: null,
      torch_dtype: 'float32',
    },
    sizes: { H, K, V, D, layers, hasDecay: gated, hasConvolution, hasOutputGate: outputGate },
  };
}
