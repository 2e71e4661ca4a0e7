import { tf, type Tensor } from '../../src/core/tf.js';
import { resolveParams } from '../../src/core/params.js';
import { productOperations } from '../../src/mixers/operations.js';
import type { LearningRule, RuleDims } from '../../src/rules/contract.js';
import { signalShape, writesOf } from '../../src/rules/inputs.js';

/** An amount that depends on the sizes of a head: KV K V + K K + V V + one. */
export interface Amount {
  readonly KK: number;
  readonly KV: number;
  readonly K: number;
  readonly V: number;
  readonly one: number;
}

export interface RuleCost {
  /** Multiplications, additions and functions of one number in a step with a decay a head. */
  readonly step: Amount;
  /** Bytes of the state of a head, in float32. */
  readonly state: Amount;
  readonly fields: readonly { readonly name: string; readonly shape: string }[];
}

/** Kernels that move numbers and make none. */
const MOVES =
  /^(ExpandDims|Squeeze|Reshape|Transpose|Slice|Identity|Cast|Concat|Pack|Unpack|Pad|PadV2|Fill|ZerosLike|OnesLike)$/;
/** Kernels that go over their input once. */
const SUMS = /^(Sum|Mean|Max|Min|Prod|All|Any)$/;

const sizeOf = (shape: readonly number[] = []): number => shape.reduce((n, size) => n * size, 1);

interface Kernel {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
}

/** Operations of one kernel, for one row and head. */
function operations({ name, inputs, outputs }: Kernel): number {
  if (MOVES.test(name)) return 0;
  if (SUMS.test(name)) return sizeOf(inputs[0]);
  if (name.endsWith('MatMul')) return productOperations(inputs, outputs[0] ?? []);
  return sizeOf(outputs[0]);
}

/** The kernels that a function runs, as tfjs's profiler sees them. */
function kernelsOf(run: () => Tensor[]): readonly Kernel[] {
  const { state } = tf.engine() as unknown as Profiled; // private in its types
  const before = state.activeProfile;
  const profile = { newBytes: 0, newTensors: 0, peakBytes: 0, kernels: [], result: null } as Profile;
  try {
    [state.profiling, state.activeProfile] = [true, profile];
    tf.dispose(tf.tidy(run));
  } finally {
    [state.profiling, state.activeProfile] = [false, before];
  }
  return profile.kernels.map(({ name, inputShapes, outputShapes }) => {
    return { name, inputs: inputShapes.filter((shape) => shape !== null), outputs: outputShapes };
  });
}

interface Profile {
  readonly kernels: readonly {
    readonly name: string;
    readonly inputShapes: readonly (readonly number[] | null)[];
    readonly outputShapes: readonly (readonly number[])[];
  }[];
}

interface Profiled {
  readonly state: { profiling: boolean; activeProfile: unknown };
}

function stepOperations(rule: LearningRule, { B, H, K, V }: RuleDims): number {
  const params = resolveParams(rule.params, {}, 'ruleCost');
  return tf.tidy(() => {
    const writes = writesOf(rule, params);
    const [q, k, v] = [tf.ones([B, H, K]), tf.ones([B, H, writes * K]), tf.ones([B, H, writes * V])];
    const named = Object.entries(rule.signals).map(
      ([name, spec]) => [name, tf.ones(signalShape(spec, [B, H], { K, V, writes }))] as const,
    );
    const signals = Object.fromEntries(named);
    const x = { q, k, v, signals, logDecay: tf.zeros([B, H]) };
    const state = rule.initState({ B, H, K, V }, params);
    const kernels = kernelsOf(() => {
      const { output, state: after } = rule.step(state, x, params);
      return [output, ...Object.values(after)];
    });
    return kernels.reduce((sum, kernel) => sum + operations(kernel), 0);
  });
}

function stateSizes(rule: LearningRule, dims: RuleDims): Readonly<Record<string, readonly number[]>> {
  const params = resolveParams(rule.params, {}, 'ruleCost');
  const shapes: Record<string, readonly number[]> = {};
  tf.tidy(() => {
    for (const [name, x] of Object.entries(rule.initState(dims, params))) shapes[name] = x.shape;
  });
  return shapes;
}

/** Sizes from here on: below, a rule that goes through its key channels may do less than later. */
const LEAST_SIZE = 32;

/**
 * The amount that takes these values at sizes of 32 to 34.
 *
 * @throws Error when another pair of sizes shows that it is not of that form.
 */
function amountOf(measure: (K: number, V: number) => number): Amount {
  const n = LEAST_SIZE;
  const [a, b, c, d] = [measure(n, n), measure(n + 1, n), measure(n, n + 1), measure(n + 1, n + 1)];
  const KK = (measure(n + 2, n) - 2 * b + a) / 2;
  const KV = d - b - c + a;
  const [K, V] = [b - a - (2 * n + 1) * KK - n * KV, c - a - n * KV];
  const amount = { KK, KV, K, V, one: a - n * n * (KK + KV) - n * (K + V) };
  const [wanted, got] = [measure(41, 37), 41 * 41 * KK + 41 * 37 * KV + 41 * K + 37 * V + amount.one];
  if (Math.abs(got - wanted) < 1e-6) return amount;
  throw new Error(
    `ruleCost: expected an amount linear in K^2, K V, K and V, got ${wanted} where that is ${got}`,
  );
}

const LETTERS: Readonly<Record<number, string>> = { 1: '1', 5: 'K', 3: 'V' };

/** What a step of a rule costs, and what its state takes. */
export function ruleCost(rule: LearningRule): RuleCost {
  const one = { B: 1, H: 1 };
  const bytes = (K: number, V: number): number => {
    const sizes = Object.values(stateSizes(rule, { ...one, K, V })).map(sizeOf);
    return 4 * sizes.reduce((sum, size) => sum + size, 0);
  };
  const named = Object.entries(stateSizes(rule, { ...one, K: 5, V: 3 }));
  return {
    step: amountOf((K, V) => stepOperations(rule, { ...one, K, V })),
    state: amountOf(bytes),
    fields: named.map(([name, shape]) => {
      return {
        name,
        shape: shape
          .slice(2)
          .map((size) => LETTERS[size] ?? String(size))
          .join(','),
      };
    }),
  };
}
