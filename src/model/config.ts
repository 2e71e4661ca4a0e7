import { resolveParams } from '../core/params.js';
import { tf } from '../core/tf.js';
import { gates } from '../gates/registry.js';
import type { DecayGate } from '../gates/contract.js';
import {
  caughtFaults,
  type Fields,
  faultsOf,
  flag,
  knobs,
  nameIn,
  oneOf,
  positive,
  throwFaults,
  wholeFrom,
} from '../layers/faults.js';
import { headOptionFaults, headOptionsOf, OPTIONAL_HEAD_FIELDS } from '../layers/functions/headOptions.js';
import { HEAD_OPTION_DEFAULTS, type HeadOptions } from '../layers/headDefaults.js';
import { conditioningHeadSpecs, planHead } from '../layers/functions/headPlan.js';
import type { LearningRule } from '../rules/contract.js';
import { rules } from '../rules/registry.js';

/** What a block mixes tokens with: the conditioning head, or the softmax baseline. */
export type HeadKind = 'conditioning' | 'softmax';

/**
 * Everything that decides the model's weights and arithmetic. Saved in every checkpoint. Options of the head that
 * are left out, as in checkpoints from before there were any, are at their defaults.
 */
export interface ModelConfig extends Partial<HeadOptions> {
  /** Number of token ids. */
  readonly vocabularySize: number;
  /** Model width D. */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** K, key size of one head. */
  readonly keySize: number;
  /** V, value size of one head. */
  readonly valueSize: number;
  /** Hidden width of the SwiGLU MLP; 0 for none. */
  readonly mlpWidth: number;
  /** Taps of the short causal convolution on q, k and v; 0 for none. */
  readonly convolution: number;
  /** Whether the head's output is multiplied by silu of a projection of its input. */
  readonly outputGate: boolean;
  readonly rule: string;
  readonly ruleParams: Readonly<Record<string, number | string>>;
  readonly gate: string;
  readonly gateParams: Readonly<Record<string, number | string>>;
  /** Tokens a chunk in the rules' chunk form. */
  readonly chunkSize: number;
  /** One kind for all blocks, or one a block. */
  readonly head: HeadKind | readonly HeadKind[];
  readonly normEpsilon: number;
}

const HEAD_KINDS: readonly HeadKind[] = ['conditioning', 'softmax'];

const kind = oneOf(HEAD_KINDS);

/** One kind, or a list of kinds; that there is one a block is checked with the number of layers. */
function headCheck(value: unknown, path: string): string[] {
  if (!Array.isArray(value)) return kind(value, path);
  return value.flatMap((entry: unknown, i) => kind(entry, `${path}[${i}]`));
}

const FIELDS: Fields = {
  vocabularySize: wholeFrom(2),
  width: wholeFrom(1),
  layers: wholeFrom(1),
  heads: wholeFrom(1),
  keySize: wholeFrom(1),
  valueSize: wholeFrom(1),
  mlpWidth: wholeFrom(0),
  convolution: wholeFrom(0),
  outputGate: flag,
  rule: nameIn(rules),
  ruleParams: knobs,
  gate: nameIn(gates),
  gateParams: knobs,
  chunkSize: wholeFrom(1),
  head: headCheck,
  normEpsilon: positive,
  ...OPTIONAL_HEAD_FIELDS,
};

/** Faults of the knobs of a rule or gate, one by one; none where its name or the knobs are not even such. */
function knobFaults(entry: LearningRule | DecayGate | undefined, given: unknown, path: string): string[] {
  if (!entry || knobs(given, path).length > 0) return [];
  // An object of numbers and strings, by the check before.
  const pairs = Object.entries(given as ModelConfig['ruleParams']);
  return pairs.flatMap(([name, value]) =>
    caughtFaults(() => resolveParams(entry.params, { [name]: value }, path)),
  );
}

function entryOf<T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Every fault of a model config, each with its path; none when it is right. Never throws. */
export function modelConfigFaults(value: unknown, where = 'model'): string[] {
  const faults = faultsOf(value, FIELDS, where);
  if (typeof value !== 'object' || value === null) return faults;
  // Any field may still be missing or of any type.
  const config = value as Readonly<Record<keyof ModelConfig, unknown>>;
  faults.push(...knobFaults(entryOf(rules, config.rule), config.ruleParams, `${where}.ruleParams`));
  faults.push(...knobFaults(entryOf(gates, config.gate), config.gateParams, `${where}.gateParams`));
  const { head, layers } = config;
  if (Array.isArray(head) && typeof layers === 'number' && head.length !== layers) {
    faults.push(`${where}.head: expected one kind or ${layers}, one a block, got ${head.length}`);
  }
  if (faults.length > 0) return faults;
  // Settings that are looked at together need to be right each by itself.
  const right = value as ModelConfig;
  const between = optionFaults(right, where);
  return between.length > 0 ? between : caughtFaults(() => tryPlan(right, where));
}

/** Options of the head that do not go with the number of heads or the rule. */
function optionFaults(config: ModelConfig, where: string): string[] {
  const rule = entryOf(rules, config.rule);
  if (!rule) return [];
  const faults = headOptionFaults(headOptionsOf(config), config.heads, rule);
  return faults.map(({ field, message }) => `${where}.${field}: ${message}`);
}

/** Plans one head of one block, which shows the faults of settings that do not go together. */
function tryPlan(config: ModelConfig, where: string): void {
  const place = { heads: 1, layer: 0, layers: config.layers, outputScale: 1 };
  const plan = planHead({ ...config, ...HEAD_OPTION_DEFAULTS, ...place }, where);
  conditioningHeadSpecs(plan, config.width);
  if (plan.gateColumns > 0 || plan.gate.weights(plan.place, plan.gateParams).length > 0) return;
  tf.dispose(plan.gate.logDecay({ B: 1, T: 1 }, {}, plan.place, plan.gateParams));
}

/**
 * Checks a model config.
 *
 * @throws ConfigError with every fault and its path, one a line.
 */
export function checkModelConfig(config: ModelConfig, where = 'model'): void {
  throwFaults(modelConfigFaults(config, where));
}

/** The kind of head of each block. */
export function headKinds({ head, layers }: Pick<ModelConfig, 'head' | 'layers'>): readonly HeadKind[] {
  return typeof head === 'string' ? Array<HeadKind>(layers).fill(head) : head;
}
