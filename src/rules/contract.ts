import type { Params, ParamSpec } from '../core/params.js';
import type { Tensor } from '../core/tf.js';

/** Sizes of one head's memory: batch, heads, key and value dimension. */
export interface RuleDims {
  readonly B: number;
  readonly H: number;
  readonly K: number;
  readonly V: number;
}

export type { Params, ParamSpec };

/** An input the rule needs, learned by the layer as `low + (high - low) sigmoid(w.x + bias)` of each token x. */
export interface SignalSpec {
  readonly low: number;
  /** Upper bound: a number, or the name of the parameter that holds it. */
  readonly high: number | string;
  /** Value at initialisation (the layer sets its bias so). */
  readonly initial: number;
  readonly meaning: string;
  /** One number per head and key channel, value channel or write. Default: one per head. */
  readonly width?: 'key' | 'value' | 'write';
  /** Whether it is the bias alone: trained, and the same at every token. */
  readonly constant?: boolean;
}

/** The fast-weight state; `S`, which is written, is `[B,H,V,K]`. A rule may hold more. */
export type RuleState = { readonly S: Tensor } & Readonly<Record<string, Tensor>>;

/**
 * One token: q, k `[B,H,K]`, v `[B,H,V]`, signals `[B,H]` or with the axis of their width, logDecay `[B,H]` or
 * `[B,H,K]`. Of a rule with n writes k is `[B,H,n K]`, the keys of the writes one after the other, and v `[B,H,n V]`.
 */
export interface TokenInput {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly signals: Readonly<Record<string, Tensor>>;
  /** Absent: no decay. */
  readonly logDecay?: Tensor | undefined;
}

/**
 * A sequence, with T after H: q, k `[B,H,T,K]`, v `[B,H,T,V]`, signals `[B,H,T]` or with the axis of their width,
 * logDecay `[B,H,T]` or `[B,H,T,K]` (its B may be 1); k and v of several writes as in a token. q may have G H heads, of which G in a row read one memory; the outputs then have as many.
 * Documents are `[B,T]` int32 (one id per token; the state restarts where it changes; the given state belongs to
 * the document of the first token).
 */
export interface SequenceInput extends TokenInput {
  readonly documents?: Tensor | undefined;
}

export interface StepResult {
  /** `[B,H,V]` */
  readonly output: Tensor;
  readonly state: RuleState;
}

export interface SequenceResult {
  /** `[B,H,T,V]` */
  readonly outputs: Tensor;
  readonly state: RuleState;
}

/** How the layer prepares a vector before the rule sees it: unit length, 1/sqrt(dim), or as it is. */
export type Normalisation = 'unit' | 'scaled' | 'none';

/** A bound on a rule's transition, for diagnostics: stable while `measure` is at most `bound`. */
export interface Stability {
  readonly quantity: string;
  readonly bound: number;
  /** Whether it holds for keys in any order: no token then makes a memory grow. Default: for one key again and again. */
  readonly anyOrder?: boolean;
  /** `[B,H]` for one token, and the state before it. */
  measure(x: TokenInput, state: RuleState, params: Params): Tensor;
}

/**
 * A fast-weight learning rule. Adding one is one file and one line in the registry.
 *
 * S is `[V,K]` per head; `S~` is the decayed state. Functions are pure tfjs and dispose nothing.
 */
export interface LearningRule {
  readonly name: string;
  readonly title: string;
  readonly equation: string;
  /** Publication and equation number, and what differs from it. */
  readonly source: string;
  /** What it is under which condition, one line each; for the docs. */
  readonly reductions?: readonly string[];
  readonly signals: Readonly<Record<string, SignalSpec>>;
  readonly params: Readonly<Record<string, ParamSpec>>;
  /** How many keys and values a token writes: a number, or the name of the parameter that holds it. Default 1. */
  readonly writes?: number | string;
  readonly normalise: { readonly q: Normalisation; readonly k: Normalisation; readonly v: Normalisation };
  /** Whether it is stable with keys of any length, though it asks for unit keys. Default: no. */
  readonly anyKeys?: boolean;
  /** The state of an empty memory. */
  initState(dims: RuleDims, params: Params): RuleState;
  /** The definition: decay, write, then read with `q`. */
  step(state: RuleState, x: TokenInput, params: Params): StepResult;
  /** What decay alone leaves of a state. Default: of S the share of each column, of other fields all. */
  decay?(state: RuleState, logDecay: Tensor | undefined, params: Params): RuleState;
  /** What `x.q` reads `[B,H,V]` of the state after the write; linear in q where the key is zero. Default: `S q`. */
  read?(state: RuleState, x: TokenInput, params: Params): Tensor;
  /**
   * The same for a whole sequence, in chunks; only for rules whose write is affine in the state. No state is an empty
   * memory, and cheaper.
   */
  chunk?(state: RuleState | undefined, xs: SequenceInput, params: Params, chunkSize: number): SequenceResult;
  /** Whether `chunk` takes a log decay per key channel. Default: no, such a sequence runs step by step. */
  readonly channelChunk?: boolean;
  /**
   * Whether `chunk` takes several queries per memory, sharing all work but the reads. Default: no, such a
   * sequence runs with the memory repeated for each query, which gives the same.
   */
  readonly sharedReads?: boolean;
  readonly stability?: Stability;
  /** The mode of ONNX's LinearAttention operator that computes this rule. */
  readonly onnx?: 'linear' | 'gated' | 'delta' | 'gated_delta';
}
