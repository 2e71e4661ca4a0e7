import { ConfigError } from '../../src/core/errors.js';
import type { Model } from '../../src/model/model.js';
import { gates } from '../../src/gates/registry.js';
import type { LearningRule } from '../../src/rules/contract.js';
import { rules } from '../../src/rules/registry.js';
import { type FlaDecay, flaDecayOf } from './decay.js';

/** The types of model there whose layers are ours. */
type FlaType = 'linear_attn' | 'gla' | 'delta_net' | 'gated_deltanet' | 'kda';

/** What decides how the two layouts correspond. */
export interface FlaSizes {
  readonly type: FlaType;
  readonly H: number;
  readonly K: number;
  readonly V: number;
  readonly D: number;
  readonly layers: number;
  /** Whether the first columns of `controls` are the beta of each head; those of the decay follow. */
  readonly hasBeta: boolean;
  readonly decay: FlaDecay;
  readonly hasConvolution: boolean;
  readonly hasOutputGate: boolean;
  /**
   * Factor on the residual stream, which is that of the read-outs: flash-linear-attention divides queries by sqrt(K) for
   * every rule, its linear attention has no beta, and it has one epsilon for all norms. With the stream times this factor,
   * every norm sees the same numbers but for it, and an epsilon times its square makes them equal.
   */
  readonly streamScale: number;
}

/** Rank of the decay of a GLA model, which its configuration cannot change. */
export const GLA_RANK = 16;

/** What a GLA model divides logarithms of sigmoids by, likewise. */
export const GLA_NORMALIZER = 16;

/** Feature maps by the name that each type of model has for them; those of types not here are SiLU. */
const FEATURE_MAPS = {
  delta_net: { silu: 'silu', relu: 'relu', 'elu+1': 'elu', identity: 'identity' },
  linear_attn: { relu: 'relu', 'elu+1': 'elu', identity: 'identity' },
  gla: { silu: 'silu', relu: 'relu', identity: null },
} as const satisfies Partial<Record<FlaType, Readonly<Record<string, string | null>>>>;

const hasMaps = (type: FlaType): type is keyof typeof FEATURE_MAPS => type in FEATURE_MAPS;

const ARCHITECTURES: Readonly<Record<FlaType, string>> = {
  linear_attn: 'LinearAttentionForCausalLM',
  gla: 'GLAForCausalLM',
  delta_net: 'DeltaNetForCausalLM',
  gated_deltanet: 'GatedDeltaNetForCausalLM',
  kda: 'KDAForCausalLM',
};

/** How queries and keys are normalised by the forms that rules have there, before queries are divided by sqrt(K). */
const NORMS = { linear: { q: 'scaled', k: 'none' }, delta: { q: 'unit', k: 'unit' } } as const;

type Config = Model['config'];
type Form = keyof typeof NORMS;

/** The form of a rule there. */
function formOf(rule: LearningRule | undefined): Form | undefined {
  return rule?.onnx === 'linear' || rule?.onnx === 'delta' ? rule.onnx : undefined;
}

/** The type of model for a rule of this form. */
function typeOf(form: Form, { kind }: FlaDecay, { convolution, outputGate, featureMap }: Config): FlaType {
  if (form === 'delta')
    return (
      { none: 'delta_net', constant: 'gated_deltanet', head: 'gated_deltanet', channel: 'kda' } as const
    )[kind];
  const isPlain = kind === 'none' && convolution === 0 && !outputGate;
  return isPlain && featureMap in FEATURE_MAPS.linear_attn ? 'linear_attn' : 'gla';
}

type Refuse = (when: boolean, reason: string) => void;

/** Options that a layer of any type has not. */
function refuseOptions(refuse: Refuse, { config, ends, layers, weights }: Model): void {
  const { keyValueHeads, heads, momentumShift, keyShift, lateWrites, updateEvery, mlpWidth } = config;
  const { inputs, outputs } = ends;
  const isTied =
    inputs.kind === 'tokens' && outputs.kind === 'classes' && inputs.vocabularySize === outputs.classes;
  refuse(!isTied, 'it is no language model');
  refuse(
    layers.some(({ mixer }) => !(mixer.inBlock && mixer.takesRule)),
    'a layer is not of conditioning heads',
  );
  refuse((keyValueHeads ?? heads) !== heads, 'heads there do not share memories as keyValueHeads says');
  refuse(momentumShift, 'queries with momentum (momentumShift) are not there');
  refuse(keyShift, 'keys mixed with the one before (keyShift) are not there');
  refuse(updateEvery !== 1, 'memories there change at every token, not as updateEvery says');
  refuse(lateWrites, 'writes one token late (lateWrites) are not there');
  refuse(mlpWidth === 0, 'every layer there has an MLP');
  const biased = weights
    .filter(({ name }) => name.endsWith('.signalBias'))
    .some(({ variable }) => variable.dataSync().some((x) => x !== 0));
  refuse(biased, 'beta has no bias there; train with --set model.signalBias=false');
}

/** What depends on the form of the rule alone: norms, and the strength of writes. */
function refuseForm(refuse: Refuse, form: Form, rule: LearningRule, config: Config): void {
  for (const [option, side] of [
    ['queryNorm', 'q'],
    ['keyNorm', 'k'],
  ] as const) {
    const how = config[option] === 'rule' ? rule.normalise[side] : config[option];
    refuse(how !== NORMS[form][side], `${option} there is '${NORMS[form][side]}' with such a rule`);
  }
  const { maxBeta = 1 } = config.ruleParams;
  refuse(form === 'delta' && maxBeta !== 1 && maxBeta !== 2, `beta there is below 1 or 2, not ${maxBeta}`);
  refuse(
    form === 'delta' && !config.learnedSignals,
    'beta there is learned with such a rule, not fixed as learnedSignals says',
  );
  refuse(
    form === 'linear' && config.learnedSignals,
    `its layers have no beta that scales what rule '${rule.name}' writes; train with --set model.learnedSignals=false`,
  );
}

/** Options that this type of model has not, or has only so. */
function refuseType(
  refuse: Refuse,
  type: FlaType,
  { H, decay }: Pick<FlaSizes, 'H' | 'decay'>,
  config: Config,
): void {
  const { convolution, featureMap, valueActivation, outputGate, valueSize } = config;
  // A convolution there ends with SiLU.
  const isConvolvedGla = type === 'gla' && convolution > 0;
  const maps = isConvolvedGla || !hasMaps(type) ? { silu: null } : FEATURE_MAPS[type];
  const known = Object.keys(maps).join(' | ');
  refuse(
    !(featureMap in maps),
    `featureMap of ${type} is ${known}${isConvolvedGla ? ' with a convolution' : ''}, not ${featureMap}`,
  );
  const activated = type !== 'linear_attn' && (type !== 'gla' || isConvolvedGla);
  refuse(
    valueActivation !== activated,
    `values ${activated ? 'pass' : 'do not pass'} through SiLU in ${type}; train with --set model.valueActivation=${activated}`,
  );
  refuse(
    type === 'kda' && outputGate,
    'the output gate of its KDA is a sigmoid of low rank; train with --set model.outputGate=false',
  );
  const rank = decay.kind === 'channel' || decay.kind === 'head' ? decay.columns * H : 0;
  const most = type === 'kda' ? valueSize : type === 'gla' ? GLA_RANK : Infinity;
  refuse(
    rank > most,
    `the decay of ${type} is of rank ${most} at most, not ${rank}; train with --set model.gateParams.rank=N, N at most ${Math.floor(most / H)}`,
  );
  refuse(
    type === 'gla' && rank > 0 && decay.fixedRate !== 1 / GLA_NORMALIZER,
    `the decay of gla has the rate 1/${GLA_NORMALIZER}; train with --set model.gateParams.fixedRate=${1 / GLA_NORMALIZER}`,
  );
}

/** part / of, such that the whole number comes back where programs there cut `of` times it off. */
function ratio(part: number, of: number): number {
  const x = part / of;
  return of * x < part ? x * (1 + Number.EPSILON) : x;
}

/** What the types of model have of their own. */
function ownFields(type: FlaType, { heads, keySize, valueSize, width, ...config }: Config): object {
  const { outputGate, convolution, featureMap, ruleParams } = config;
  const byHead = { head_dim: keySize, num_v_heads: null, expand_v: ratio(valueSize, keySize) };
  const byWidth = {
    expand_k: ratio(heads * keySize, width),
    expand_v: ratio(heads * valueSize, width),
  };
  const short = { use_short_conv: convolution > 0, conv_size: convolution > 0 ? convolution : 4 };
  const negative = { allow_neg_eigval: ruleParams.maxBeta === 2 };
  const map = (of: keyof typeof FEATURE_MAPS): unknown =>
    Object.entries(FEATURE_MAPS[of]).find(([name]) => name === featureMap)?.[1];
  switch (type) {
    case 'linear_attn':
      return {
        ...byWidth,
        num_kv_heads: null,
        feature_map: map(type),
        norm_q: false,
        norm_k: false,
        norm_feature_map: false,
      };
    case 'gla':
      return {
        ...byWidth,
        ...short,
        num_kv_heads: null,
        feature_map: convolution > 0 ? null : map(type),
        use_output_gate: outputGate,
        clamp_min: null,
      };
    case 'delta_net':
      return {
        ...byWidth,
        ...short,
        ...negative,
        use_gate: outputGate,
        use_beta: true,
        qk_norm: 'l2',
        qk_activation: map(type),
      };
    case 'gated_deltanet':
      return { ...byHead, ...short, ...negative, use_gate: outputGate };
    case 'kda':
      return { ...byHead, ...short, ...negative, safe_gate: false, lower_bound: null };
  }
}

/** How a model corresponds to one of flash-linear-attention, or every reason why it does to none. */
function sizesOf(model: Model): FlaSizes | readonly string[] {
  const { config } = model;
  const reasons: string[] = [];
  const refuse: Refuse = (when, reason) => {
    if (when) reasons.push(reason);
  };
  refuseOptions(refuse, model);
  const rule = rules[config.rule];
  const form = formOf(rule);
  const { heads: H, keySize: K, valueSize: V, width: D, layers } = config;
  const gate = gates[config.gate];
  const decay = gate && flaDecayOf(gate, { H, K, layers }, config.gateParams);
  refuse(!form, `rule '${config.rule}' has no layer there`);
  refuse(
    !decay,
    `gate '${config.gate}' is neither the same at all tokens nor a softplus of them, as decays there are`,
  );
  if (rule && form) refuseForm(refuse, form, rule, config);
  if (!rule || !form || !decay) return reasons;
  const type = typeOf(form, decay, config);
  refuseType(refuse, type, { H, decay }, config);
  if (reasons.length > 0) return reasons;
  const [strength] = Object.values(rule.signals);
  return {
    type,
    H,
    K,
    V,
    D,
    layers,
    hasBeta: config.learnedSignals,
    decay,
    hasConvolution: config.convolution > 0,
    hasOutputGate: config.outputGate,
    streamScale: form === 'delta' ? 1 / Math.sqrt(K) : 1 / (strength?.initial ?? 1),
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
  const sizes = sizesOf(model);
  if (!('type' in sizes)) {
    throw new ConfigError(
      `export: expected a model that flash-linear-attention has the layers for, got one that it has not: ${sizes.join('; ')}`,
    );
  }
  const { config, ends } = model;
  const { type, H, D, layers, streamScale } = sizes;
  return {
    config: {
      model_type: type,
      architectures: [ARCHITECTURES[type]],
      attn_mode: 'chunk',
      hidden_size: D,
      num_hidden_layers: layers,
      num_heads: H,
      ...ownFields(type, config),
      hidden_act: 'swish',
      hidden_ratio: null,
      intermediate_size: config.mlpWidth,
      norm_eps: config.normEpsilon * streamScale ** 2,
      tie_word_embeddings: false,
      vocab_size: ends.inputs.kind === 'tokens' ? ends.inputs.vocabularySize : 0,
      bos_token_id: endOfText,
      eos_token_id: endOfText,
      pad_token_id: null,
      torch_dtype: 'float32',
    },
    sizes,
  };
}
