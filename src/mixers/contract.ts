import { z } from 'zod';
import { above0, count, type Issue, type Known, natural, nameIn, params } from '../core/schema.js';
import type { Tensor } from '../core/tf.js';
import type { Weights, WeightSpec } from '../core/weights.js';
import { gates, type GateName, type GateParams } from '../gates/registry.js';
import type {
  LearningRule,
  Params,
  RuleState,
  SequenceInput,
  StepResult,
  TokenInput,
} from '../rules/contract.js';
import { rules, type RuleName, type RuleParams } from '../rules/registry.js';

/** Sizes that every mixer has. */
export const sizes = {
  heads: count.max(10_000).describe('heads per layer'),
  keySize: count.describe('K, key size of a head'),
  valueSize: count.describe('V, value size of a head'),
};

/** The rule and gate of the mixers that have a memory. */
export const memorySettings = {
  rule: nameIn<RuleName>(rules, 'learning rule of the memories'),
  ruleParams: params
    .default(() => ({}))
    .describe("parameters of the rule; those left out get the rule's defaults"),
  gate: nameIn<GateName>(gates, 'decay gate of the memories'),
  gateParams: params
    .default(() => ({}))
    .describe("parameters of the gate; those left out get the gate's defaults"),
  signalBias: z
    .boolean()
    .default(true)
    .describe("whether the rule's signals have a bias; without one they start at the middle of their range"),
  learnedSignals: z
    .boolean()
    .default(true)
    .describe(
      "whether the rule's signals, such as the strength of writes, are learned; if not, they keep their initial values",
    ),
  chunkSize: count.default(32).describe("tokens per chunk in the rules' chunk form"),
};

/** The parameters of a rule of this project by its name; those of another rule are checked when it runs. */
type RuleChoice =
  | { readonly [Name in RuleName]: { readonly rule: Name; readonly ruleParams?: RuleParams<Name> } }[RuleName]
  | { readonly rule: Known<RuleName>; readonly ruleParams?: Params };

/** The same for a gate. */
type GateChoice =
  | { readonly [Name in GateName]: { readonly gate: Name; readonly gateParams?: GateParams<Name> } }[GateName]
  | { readonly gate: Known<GateName>; readonly gateParams?: Params };

type Chosen = 'rule' | 'ruleParams' | 'gate' | 'gateParams';

/** Settings whose parameters of rule and gate an editor completes, where they have a rule and a gate. */
export type WithChoices<Settings> = Settings extends { readonly rule: string; readonly gate: string }
  ? Omit<Settings, Chosen> & RuleChoice & GateChoice
  : Settings;

/** Any part of a group of settings; a value that is no group as it is. */
export type PartOf<Settings> = Settings extends { readonly rule: string; readonly gate: string }
  ? Partial<Omit<Settings, Chosen>> & PartOfUnion<RuleChoice> & PartOfUnion<GateChoice>
  : Settings extends object
    ? Partial<Settings>
    : Settings;

/** Any part of each of several. */
type PartOfUnion<Choice> = Choice extends object ? Partial<Choice> : never;

/** Added to the mean square under the root in RMS norms; stated here alone. */
export const normEpsilon = above0
  .default(1e-5)
  .describe('added to the mean square under the root in RMS norms');

/** Where a layer stands in a stack, and how its output projection starts. */
export const place = {
  layer: natural.default(0).describe('index of the layer, for gates that differ by depth'),
  layers: count.default(1).describe('number of layers'),
  outputScale: above0
    .default(1)
    .describe('factor on the standard deviation of the output projection at initialisation'),
};

/** What every mixer may read, beside options of its own. */
export type MixerSettings = Readonly<
  z.output<
    z.ZodObject<
      typeof sizes & typeof memorySettings & typeof place & { readonly normEpsilon: typeof normEpsilon }
    >
  >
>;

/** Settings of a mixer with these options. */
export type SettingsOf<Options extends z.ZodRawShape> = MixerSettings &
  Readonly<z.output<z.ZodObject<Options>>>;

/** What a mixer carries from token to token, by name. */
export type MixerState = Readonly<Record<string, Tensor>>;

/** Memories that a rule writes and a gate lets forget, and what their rule is given. */
export interface Memory {
  /** Heads that read. */
  readonly H: number;
  /** Memories, each read by H / M heads in a row. */
  readonly M: number;
  readonly K: number;
  readonly V: number;
  /** Keys and values that a memory is given per token, one after the other. */
  readonly writes: number;
  readonly rule: LearningRule;
  readonly ruleParams: Params;
  /** Tokens per chunk. */
  readonly chunkSize: number;
  /**
   * What the rule is given at every token of the mixer's input, to be run again with `runSequence`.
   *
   * Shapes: x [B,T,D], documents [B,T] int32 -> as `SequenceInput`.
   */
  input(weights: Weights, x: Tensor, documents?: Tensor): SequenceInput;
}

/** Runs in place of the step of a layer's memories, with as many queries per memory as there are: q [B,H,K], S [B,M,V,K]. */
export type StepHook = (x: TokenInput, before: RuleState) => StepResult;

/** A mixer with its settings checked, ready to run. Functions are pure and dispose nothing of what they make. */
export interface MixerPlan {
  /** Weights on model width D. */
  specs(D: number): WeightSpec[];
  /** Names of the matrices that read the input: a gain before the mixer may be folded into them. */
  readonly inputs: readonly string[];
  /** Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; documents never see each other. */
  forward(weights: Weights, x: Tensor, documents?: Tensor): Tensor;
  /** The state before the first token; `cacheLength` is how many tokens one that keeps tokens may keep. */
  initState(batchSize: number, cacheLength: number): MixerState;
  /**
   * `forward` on the next tokens of one document per row, from the state after those before.
   *
   * Shapes: x [B,T,D] -> output [B,T,D].
   * @param hook runs in place of the memories' step, for one token (T = 1); a mixer without memories ignores it
   */
  next(
    weights: Weights,
    x: Tensor,
    state: MixerState,
    hook?: StepHook,
  ): { readonly output: Tensor; readonly state: MixerState };
  /** Operations per token beside the products with its weights, in rows of `length` tokens. */
  operations(length: number): number | Promise<number>;
  /** Its memories; absent where no rule drives one. */
  readonly memory?: Memory;
}

/**
 * How the tokens of a layer are mixed. Adding one is its file and its line in the registry: all else asks the mixer.
 */
export interface Mixer<Options extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /**
   * The schema of its own options; an option that several mixers have is one schema. Those of this project's mixers are
   * settings of a model, those of another mixer stand in its `mixerOptions`; both are given to `issues` and `plan`.
   */
  readonly options: Options;
  /**
   * Whether it stands in a pre-norm block with an MLP, and the model has a final norm. Otherwise the layer is
   * `x + mixer(x)` and nothing else.
   */
  readonly inBlock: boolean;
  /** Whether a rule and a gate drive it. */
  readonly takesRule: boolean;
  /** Whether its state grows with every token. */
  readonly keepsTokens: boolean;
  /** Settings that do not go together. */
  issues(settings: SettingsOf<Options>): Issue[];
  /** @throws ConfigError for parameters of the rule or gate that do not go together. */
  plan(settings: SettingsOf<Options>, where: string): MixerPlan;
}
