import { firstFinding, type CheckFinding, type Check } from '../../core/check.js';
import { CLOSE, difference, NEAR, notFinite } from '../compare.js';
import { DIMS, emptyState, mapped, withInputs, type Numbers, type RuleCase } from '../ruleCase.js';
import { STEP, type RuleRunner } from '../ruleRunner.js';

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

/** `o_t = S_t q_t`: what is read is the memory after the token has been written. */
export const readOut: Check<RuleRunner> = {
  name: 'read-out',
  title: 'the output is the memory after the write, read with the query: o = S q',
  hint: 'step returns output = recall(S, x.q) with the S that it puts into the new state',
  run: async (runner) =>
    firstFinding(runner.lengths.slice(0, 2), async (T) => {
      const on = runner.case({ T, decay: 'head', state: true });
      const after = await runner.run(on, STEP);
      const read = readLast(after['state.S'] as Numbers, on.inputs.q as Numbers); // both are always there
      const lastOutput = sliceLast(after.outputs as Numbers); // every outcome has outputs
      const got = difference({ outputs: lastOutput }, { outputs: read }, CLOSE);
      if (got === undefined) return undefined;
      return {
        expected: 'o = S q of the last token',
        got: got.replace('token 0', `token ${T - 1}`),
        where: on.label,
        hint: readOut.hint,
      };
    }),
};

/** `S q` of the last token: S `[B,H,V,K]`, q `[B,H,T,K]` to `[B,H,1,V]`. */
function readLast(S: Numbers, q: Numbers): Numbers {
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

/** The same decay said in another way. */
interface Reduction {
  readonly expected: string;
  readonly changed: (on: RuleCase) => RuleCase;
  readonly plain: (on: RuleCase) => RuleCase;
}

function withDecay(on: RuleCase, shape: readonly number[], value: (index: number) => number): RuleCase {
  const values = Float32Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => value(i));
  return withInputs(on, { logDecay: { shape, values } });
}

const { B, H, K } = DIMS;
const channelDecay = (i: number): number => -0.2 * (1 + (i % K));

const reductions: readonly Reduction[] = [
  {
    expected: 'a log decay of 0 to change nothing',
    plain: (on) => on,
    changed: (on) => withDecay(on, [B, H, 1], () => 0),
  },
  {
    expected: 'a decay to multiply S before all else, as if the state had been that much smaller',
    plain: (on) => scaledState(on, () => Math.exp(-0.7)),
    changed: (on) => withDecay(on, [B, H, 1], () => -0.7),
  },
  {
    expected: 'a decay a key channel to multiply the columns of S before all else',
    plain: (on) => scaledState(on, (i) => Math.exp(channelDecay(i))),
    changed: (on) => withDecay(on, [B, H, 1, K], channelDecay),
  },
  {
    expected: 'a log decay of minus infinity to empty S, and nothing to be NaN',
    plain: (on) => scaledState(on, () => 0),
    changed: (on) => withDecay(on, [B, H, 1], () => -Infinity),
  },
];

function scaledState(on: RuleCase, factor: (index: number) => number): RuleCase {
  const S = on.inputs['state.S'] as Numbers; // the case starts from a state
  return withInputs(on, { 'state.S': mapped(S, (x, i) => x * factor(i)) });
}

/** The rule decays S, and nothing but S, before it looks at it. */
export const decay: Check<RuleRunner> = {
  name: 'decay',
  title: 'the log decay, a head or a key channel, multiplies S before anything else',
  hint: 'begin the step with S~ = decayed(state.S, x.logDecay), and use S~ wherever the rule says so',
  run: async (runner) =>
    firstFinding(reductions, async ({ expected, changed, plain }) => {
      const on = runner.case({ T: 1, state: true });
      const got = await runner.run(changed(on), STEP);
      const wanted = await runner.run(plain(on), STEP);
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
    return firstFinding(runner.forms(on, 16), async (form) => {
      const alone = (await runner.run(on, form)).outputs as Numbers; // every outcome has outputs
      const rows = alone.values.length / (heads * DIMS.B);
      const wanted = Float32Array.from({ length: 2 * alone.values.length }, (_, i) => {
        const head = Math.floor(i / rows);
        return (head % 2 === 0 ? 1 : -1) * (alone.values[Math.floor(head / 2) * rows + (i % rows)] ?? 0);
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
