import type { Rng } from '../core/rng.js';
import type { Tensor } from '../core/tf.js';
import type { Params, ParamSpec } from '../rules/contract.js';

/** Where a gate sits: sizes of the head, and which of how many layers. */
export interface GatePlace {
  readonly H: number;
  readonly K: number;
  readonly layer: number;
  readonly layers: number;
}

/** A trained weight of a gate; never subject to weight decay. */
export interface GateWeight {
  readonly name: string;
  readonly shape: readonly number[];
  initial(rng: Rng): Float32Array;
}

/** Adding a gate is one file and one line in the registry. */
export interface DecayGate {
  readonly name: string;
  readonly title: string;
  readonly equation: string;
  readonly source: string;
  readonly params: Readonly<Record<string, ParamSpec>>;
  /** Columns a head that the layer projects from each token for this gate: 0, 1 or K, unless the params say otherwise. */
  columns(place: GatePlace, params: Params): number;
  weights(place: GatePlace, params: Params): readonly GateWeight[];
  /**
   * Log decay `[B,H,T]` or `[B,H,T,K]`, at most 0; `undefined` for no decay. Where it is the same for all
   * rows its B may be 1.
   * `projected` is `[B,H,T]` for one column, `[B,H,T,n]` for n; absent for none.
   */
  logDecay(
    input: { readonly B: number; readonly T: number; readonly projected?: Tensor | undefined },
    weights: Readonly<Record<string, Tensor>>,
    place: GatePlace,
    params: Params,
  ): Tensor | undefined;
  /**
   * Whether its log decay is the one of `softplusDecay`, with its weights and params, of the columns or of the product
   * of all columns with the weight `up`: as layers of flash-linear-attention have it.
   */
  readonly softplus?: true;
}
