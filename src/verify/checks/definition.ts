import { firstFinding, type CheckFinding, type Check } from '../../core/check.js';
import { sizeOf } from '../../core/shapes.js';
import { tf } from '../../core/tf.js';
import { decayedState, readState } from '../../rules/memory.js';
import { CLOSE, difference, NEAR, notFinite } from '../compare.js';
import {
  DIMS,
  emptyState,
  mapped,
  stateOf,
  tokenAt,
  withInputs,
  type Numbers,
  type RuleCase,
} from '../ruleCase.js';
import { STEP, type Outcome, type RuleRunner } from '../ruleRunner.js';

/** The empty memory is `[B,H,V,K]`, and every field has a row and a head first. */
export const initialState: Check<RuleRunner> = {
  name: 'initial state',
  title: 'an empty memory S [B,H,V,K], all fields finite, and one memory per row and head',
  hint: 'initState makes tensors from the sizes it is given: S is tf.zeros([B, H, V, K])',
  async run({ rule, defaults }) {
    const { B, H, K, V } = DIMS;
    const state = emptyState(rule, DIMS, defaults);
    const shapes = Object.entries(state).map(([name, { shape }]) => `${name} [${shape.join(',')}]`);
    const wrong = Object.values(state).some(({ shape }) => shape[0] !== B || shape[1] !== H);
    const finding = (expected: string, got: string): CheckFinding => {
      return { expected, got, where: `B = ${B}, H = ${H}, K = ${K}, V = ${V}`, hint: initialState.hint };
    };
    if (state.S?.shape.join() !== [B, H, V, K].join()) {
      return finding(`S [${B},${H},${V},${K}]`, shapes.join(', ') || 'no fields');
    }
    if (wrong) return finding(`every field to begin with [${B},${H}]`, shapes.join(', '));
    const bad = notFinite(state);
    return bad === undefined ? undefined : finding('finite numbers', bad);
  },
};

/** What is read is the memory after the token has been written: `o_t = S_t q_t`, or as the rule reads it. */
export const readOut: Check<RuleRunner> = {
  name: 'read-out',
  title: "the output is the memory after the write, read with the query: o = S q, or the rule's own read",
  hint: 'step returns output = recall(S, x.q), or what read gives, with the state that it returns',
  run: async (runner) =>
    firstFinding(runner.lengths.slice(0, 2), async (T) => {
      const on = runner.case({ T, decay: 'head', state: true });
      const after = await runner.run(on, STEP);
      const lastOutput = sliceLast(after.outputs as Numbers); // every outcome has outputs
      const got = difference({ outputs: lastOutput }, { outputs: readLast(runner, on, after) }, CLOSE);
      if (got === undefined) return undefined;
      return {
        expected: runner.rule.read ? 'what read gives of the last token' : 'o = S q of the last token',
        got: got.replace('token 0', `token ${T - 1}`),
        where: on.label,
        hint: readOut.hint,
      };
    }),
};

/** What the last token reads of the state after it, `[B,H,1,V]`. */
function readLast({ rule }: RuleRunner, on: RuleCase, after: Outcome): Numbers {
  if (!rule.read) return queryLast(after['state.S'] as Numbers, on.inputs.q as Numbers); // both are always there
  return tf.tidy(() => {
    const T = on.inputs.q?.shape[2] ?? 1;
    const token = tokenAt(on, T - 1);
    const output = readState(rule, stateOf(after), token, on.params);
    const values = Float32Array.from(output.dataSync());
    return { shape: [...output.shape.slice(0, 2), 1, ...output.shape.slice(2)], values };
  });
}

/** `S q` of the last token: S `[B,H,V,K]`, q `[B,H,T,K]` to `[B,H,1,V]`. */
function queryLast(S: Numbers, q: Numbers): Numbers {
  const [B = 1, H = 1, V = 1, K = 1] = S.shape;
  const T = q.shape[2] ?? 1;
  const values = Float32Array.from({ length: B * H * V }, (_, row) => {
    const query = (Math.floor(row / V) * T + T - 1) * K;
    const products = Array.from(
      { length: K },
      (__, j) => (S.values[row * K + j] ?? NaN) * (q.values[query + j] ?? NaN),
    );
    return products.reduce((sum, x) => sum + x, 0);
  });
  return { shape: [B, H, 1, V], values };
}

function sliceLast({ shape, values }: Numbers): Numbers {
  const [B = 1, H = 1, T = 1, V = 1] = shape;
  const kept = values.filter((_, i) => Math.floor(i / V) % T === T - 1);
  return { shape: [B, H, 1, V], values: kept };
}

/** A decay, said by itself: of one token, and what it leaves of each number of S by its index. */
interface Reduction {
  readonly expected: string;
  readonly shape: readonly number[];
  readonly logDecay: (index: number) => number;
  readonly left: (index: number) => number;
}

const { B, H, K } = DIMS;
const channelDecay = (i: number): number => -0.2 * (1 + (i % K));

const reductions: readonly Reduction[] = [
  {
    expected: 'a log decay of 0 to change nothing',
    shape: [B, H, 1],
    logDecay: () => 0,
    left: () => 1,
  },
  {
    expected: 'a decay to multiply S before all else, as if the state had been that much smaller',
    shape: [B, H, 1],
    logDecay: () => -0.7,
    left: () => Math.exp(-0.7),
  },
  {
    expected: 'a decay a key channel to multiply the columns of S before all else',
    shape: [B, H, 1, K],
    logDecay: channelDecay,
    left: (i) => Math.exp(channelDecay(i)),
  },
  {
    expected: 'a log decay of minus infinity to empty S, and nothing to be NaN',
    shape: [B, H, 1],
    logDecay: () => -Infinity,
    left: () => 0,
  },
];

/** The case without a decay, from the state that the decay leaves. */
function alreadyDecayed({ rule }: RuleRunner, on: RuleCase, { shape, logDecay, left }: Reduction): RuleCase {
  const S = on.inputs['state.S'] as Numbers; // the case starts from a state
  const decayedS = { 'state.S': mapped(S, (x, i) => x * left(i)) };
  if (!rule.decay) return withInputs(on, decayedS);
  const others = tf.tidy(() => {
    const token = shape.filter((_, axis) => axis !== 2);
    const values = Array.from({ length: sizeOf(token) }, (_, i) => logDecay(i));
    const state = decayedState(rule, stateOf(on.inputs), tf.tensor(values, token), on.params);
    return Object.entries(state).map(
      ([name, x]) => [`state.${name}`, { shape: x.shape, values: Float32Array.from(x.dataSync()) }] as const,
    );
  });
  // What the rule says of other fields is its own; of S it is the decay's.
  return withInputs(on, { ...Object.fromEntries(others), ...decayedS });
}

/** The rule decays S before it looks at it, and other fields as it says, or not at all. */
export const decay: Check<RuleRunner> = {
  name: 'decay',
  title: 'the log decay, a head or a key channel, multiplies S before anything else',
  hint: 'begin the step with S~ = decayed(state.S, x.logDecay), and use S~ wherever the rule says so; other fields that decay need decay',
  run: async (runner) =>
    firstFinding(reductions, async (reduction) => {
      const on = runner.case({ T: 1, state: true });
      const { shape, logDecay, expected } = reduction;
      const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => logDecay(i));
      const got = await runner.run(withInputs(on, { logDecay: { shape, values } }), STEP);
      const wanted = await runner.run(alreadyDecayed(runner, on, reduction), STEP);
      const found = difference(got, wanted, NEAR);
      return found === undefined
        ? undefined
        : { expected, got: found, where: 'one token from a random state', hint: decay.hint };
    }),
};

/** Several queries of one memory, as heads that share it have. */
export const sharedReads: Check<RuleRunner> = {
  name: 'shared reads',
  title: 'several queries of one memory read what each would read alone',
  hint: 'a chunk form that says sharedReads must take q with G H heads, G in a row reading one memory',
  async run(runner: RuleRunner) {
    const on = runner.case({ T: runner.length(63), decay: 'head' });
    const { shape, values } = on.inputs.q as Numbers; // every case has queries
    const [, heads = 1] = shape;
    const size = values.length / (heads * DIMS.B);
    // Heads 0, 0, 1, 1, the second of each pair with the opposite query.
    const twice = Float32Array.from({ length: 2 * values.length }, (_, i) => {
      const head = Math.floor(i / size);
      return (head % 2 === 0 ? 1 : -1) * (values[Math.floor(head / 2) * size + (i % size)] ?? 0);
    });
    const shared = withInputs(on, { q: { shape: [DIMS.B, 2 * heads, ...shape.slice(2)], values: twice } });
    const opposite = withInputs(on, { q: { shape, values: values.map((x) => -x) } });
    return firstFinding(runner.forms(on, 16), async (form) => {
      const alone = (await runner.run(on, form)).outputs as Numbers; // every outcome has outputs
      const others = (await runner.run(opposite, form)).outputs as Numbers; // as above
      const rows = alone.values.length / (heads * DIMS.B);
      const wanted = Float32Array.from({ length: 2 * alone.values.length }, (_, i) => {
        const head = Math.floor(i / rows);
        const own = head % 2 === 0 ? alone : others;
        return own.values[Math.floor(head / 2) * rows + (i % rows)] ?? 0;
      });
      const both = (await runner.run(shared, form)).outputs as Numbers; // every outcome has outputs
      const got = difference({ outputs: both }, { outputs: { shape: both.shape, values: wanted } }, CLOSE);
      if (got === undefined) return undefined;
      return {
        expected: 'queries of one memory to read what each reads alone',
        got,
        where: on.label,
        hint: sharedReads.hint,
      };
    });
  },
};
