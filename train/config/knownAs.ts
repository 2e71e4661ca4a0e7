import { ConfigError, lookUp } from '../../src/core/errors.js';
import type { PartialConfig } from './schema.js';

/** A published model in the words of this project: the settings of its heads, and what they leave out. */
export interface KnownAs {
  /** As the paper calls it. */
  readonly title: string;
  /** arXiv number. */
  readonly paper: string;
  readonly model: NonNullable<PartialConfig['model']>;
  /** What is not as in the paper or in flash-linear-attention's layer, one each. */
  readonly differs: readonly string[];
}

/** Queries, keys and values as they are projected, and writes without a strength of their own. */
const PLAIN = {
  mixer: 'conditioning',
  featureMap: 'identity',
  valueActivation: false,
  convolution: 0,
  learnedSignals: false,
} as const;

/** Convolved over four tokens, then SiLU. */
const CONVOLVED = { mixer: 'conditioning', featureMap: 'silu', convolution: 4 } as const;

const BETA = 'a write is scaled by a learned beta in (0, 1)';
const SCALED = 'queries are scaled by 1/sqrt(K)';
const VALUE_SIZE = 'values are as wide as model.valueSize says, not twice the keys';
const BETA_1 = 'beta starts at 0.5, there at 1';
const SIGMOID_GATE = 'the output gate is SiLU of a full projection; there a sigmoid in low rank';
const FULL_RANK = 'the decay is projected in full rank, with a rate per head and a bias per channel';

/** Every published model that rules, gates and options of this project express. A new one is its entry here. */
const own = {
  'linear-attention': {
    title: 'Linear attention',
    paper: '2006.16236',
    model: { ...PLAIN, rule: 'hebbian', gate: 'none', featureMap: 'elu+1', outputGate: false },
    differs: ['reads are normed per head by RMS, not divided by the sum of keys', SCALED],
  },
  retnet: {
    title: 'RetNet',
    paper: '2307.08621',
    model: { ...PLAIN, rule: 'hebbian', gate: 'fixed', gateParams: { preset: 'retnet' }, outputGate: true },
    differs: ['no rotation of queries and keys (xPos)', VALUE_SIZE],
  },
  gla: {
    title: 'Gated linear attention',
    paper: '2312.06635',
    model: {
      ...PLAIN,
      rule: 'hebbian',
      gate: 'channel',
      gateParams: { fixedRate: 1 / 16, rank: 4 },
      outputGate: true,
    },
    differs: ['the decay is of rank 4 times the heads; there of rank 16'],
  },
  'mamba-2': {
    title: 'Mamba-2',
    paper: '2405.21060',
    model: { ...CONVOLVED, rule: 'hebbian', gate: 'scalar', outputGate: true },
    differs: [
      `${BETA}, not by the step of the decay`,
      'queries and keys are those of each head, not shared by all',
      'no skip from value to output (D)',
      'the norm comes before the output gate',
    ],
  },
  deltanet: {
    title: 'DeltaNet',
    paper: '2406.06484',
    model: { ...CONVOLVED, rule: 'delta', gate: 'none', outputGate: false },
    differs: ['one convolution over all three projections, the same per channel as three'],
  },
  'deltanet-negative': {
    title: 'DeltaNet with negative eigenvalues',
    paper: '2411.12537',
    model: { ...CONVOLVED, rule: 'delta', ruleParams: { maxBeta: 2 }, gate: 'none', outputGate: false },
    differs: [BETA_1],
  },
  'gated-deltanet': {
    title: 'Gated DeltaNet',
    paper: '2412.06464',
    model: { ...CONVOLVED, rule: 'delta', gate: 'scalar', outputGate: true },
    differs: [VALUE_SIZE],
  },
  kda: {
    title: 'Kimi Delta Attention',
    paper: '2510.26692',
    model: { ...CONVOLVED, rule: 'delta', gate: 'channel', outputGate: true },
    differs: [
      `${FULL_RANK}; there in low rank`,
      SIGMOID_GATE,
      'all layers are alike; in Kimi Linear every fourth is softmax attention',
    ],
  },
  deltaproduct: {
    title: 'DeltaProduct',
    paper: '2502.10297',
    model: { ...CONVOLVED, rule: 'delta-product', gate: 'none', outputGate: true },
    differs: [VALUE_SIZE, BETA_1],
  },
  'gated-deltaproduct': {
    title: 'Gated DeltaProduct',
    paper: '2502.10297',
    model: { ...CONVOLVED, rule: 'delta-product', gate: 'scalar', outputGate: true },
    differs: [VALUE_SIZE, BETA_1],
  },
  comba: {
    title: 'Comba',
    paper: '2506.02475',
    model: { ...CONVOLVED, rule: 'comba', gate: 'scalar', outputGate: true },
    differs: [
      VALUE_SIZE,
      'D lies between 0 and 1 and starts at 0.02, which the paper takes for small models; there at 1 without bounds',
      'a unit key is taken off a unit query; there the difference of raw ones is made unit',
      'the output gate is SiLU; there a sigmoid',
    ],
  },
  'gdn-2': {
    title: 'Gated DeltaNet-2',
    paper: '2605.22791',
    model: { ...CONVOLVED, rule: 'gated-delta-2', gate: 'channel', outputGate: true },
    differs: [`${FULL_RANK}; there in low rank`, SIGMOID_GATE],
  },
  'preconditioned-deltanet': {
    title: 'Preconditioned Gated DeltaNet',
    paper: '2604.21100',
    model: { ...CONVOLVED, rule: 'preconditioned-delta', gate: 'scalar', outputGate: true },
    differs: [
      VALUE_SIZE,
      'what is kept of the use of channels is a sigmoid of the token, there the gate with a rate of 1',
    ],
  },
  mesanet: {
    title: 'MesaNet',
    paper: '2506.05233',
    model: { ...CONVOLVED, rule: 'mesa', gate: 'scalar', outputGate: false },
    differs: [
      'values are convolved and pass through SiLU, there neither',
      'the decay has a rate per head; there it is a sigmoid of the token',
      'Lambda lies between 0.25 and 4, there above 0.25',
    ],
  },
} as const satisfies Readonly<Record<string, KnownAs>>;

/** The name of a published model whose heads can be had. */
export type KnownAsName = keyof typeof own;

/** Every published model that can be had, by the name that `--like` takes. */
export const knownAs: Readonly<Record<string, KnownAs>> = own;

/** Published models that cannot be had, and what is missing. */
export const notYet: Readonly<Record<string, string>> = {
  'rwkv-6': 'its bonus for the current token and its token shift',
  'rwkv-7': 'token shift, a value residual and a bonus; its memory alone is the rule rwkv7',
  titans: 'a memory of several layers; with a linear one it is the rule titans',
  ttt: 'a norm inside what the memory predicts',
  hgrn2: 'keys that are tied to the decay',
  mlstm: 'an exponential input gate and its normaliser',
};

/**
 * The settings that make heads as a published model has them.
 *
 * @throws ConfigError for a model that cannot be had, with what is missing, and for a name that is not known.
 */
export function modelLike(name: string): KnownAs['model'] {
  const missing = Object.hasOwn(notYet, name) ? notYet[name] : undefined;
  if (missing !== undefined) {
    const names = Object.keys(knownAs).join(' | ');
    throw new ConfigError(
      `--like: '${name}' cannot be had: no rule of this project has ${missing}; choose one of ${names}, or write a rule of your own`,
    );
  }
  return lookUp('--like', knownAs, name).model;
}
