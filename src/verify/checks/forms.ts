import { firstFinding, type Check } from '../../core/check.js';
import { CLOSE, difference, EXACT, notFinite, type Tolerance } from '../compare.js';
import {
  mapped,
  tokenInputs,
  tokenOf,
  withInputs,
  type DecayKind,
  type Numbers,
  type RuleCase,
} from '../ruleCase.js';
import { formText, STEP, type Form, type RuleRunner } from '../ruleRunner.js';

const DECAYS: readonly DecayKind[] = ['none', 'head', 'channel'];

/** What is not linear in the state multiplies rounding from token to token. */
function toleranceFor(T: number, form: Form): Tolerance {
  return form.form === 'step' && T > 16 ? { rtol: 1e-3, atol: 1e-4 } : CLOSE;
}

/** A case and a form in words. */
export function place(on: RuleCase, form: Form): string {
  return `${on.label}, ${formText(form)}`;
}

/** Every length, K not V: right shapes, finite numbers, and what the definition gives. */
export const lengths: Check<RuleRunner> = {
  name: 'lengths',
  title: 'outputs [B,H,T,V] and a state of one shape at every length, as the plain steps give them',
  hint: 'write the step in tfjs ops alone: nothing that depends on values read with dataSync',
  run: async (runner) =>
    firstFinding(runner.lengths, async (T) => {
      const on = runner.case({ T, decay: 'head', ...(T > 100 && { B: 1, H: 1 }) });
      const got = await runner.run(on, STEP, true);
      const bad = notFinite(got);
      const where = place(on, STEP);
      if (bad !== undefined) return { expected: 'finite numbers', got: bad, where, hint: lengths.hint };
      const found = difference(got, runner.define(on, true), toleranceFor(T, STEP));
      if (found === undefined) return undefined;
      return { expected: 'what the same steps give op by op', got: found, where, hint: lengths.hint };
    }),
};

/** A later token changes nothing before it. */
export const causality: Check<RuleRunner> = {
  name: 'causality',
  title: 'no token changes an output before it, not by a bit',
  hint: 'a chunk form masks what a token sees: itself and what came before (j <= i)',
  run: async (runner) => {
    const T = runner.length(63);
    const on = runner.case({ T, decay: 'head', state: true });
    const tokens = [...new Set([0, Math.floor(T / 3), Math.floor(T / 2) + 1, T - 1])].filter((t) => t < T);
    return firstFinding(runner.forms(on, 4, 16), async (form) => {
      const before = (await runner.run(on, form)).outputs as Numbers; // every outcome has outputs
      return firstFinding(tokens, async (t) => {
        const after = (await runner.run(changedAt(on, t), form)).outputs as Numbers; // as above
        const where = place(on, form);
        const got = difference({ outputs: upTo(after, t) }, { outputs: upTo(before, t) }, EXACT);
        if (got !== undefined) {
          return {
            expected: `outputs before token ${t} to stay when only token ${t} changes`,
            got,
            where,
            hint: causality.hint,
          };
        }
        if (difference({ outputs: after }, { outputs: before }, EXACT) !== undefined) return undefined;
        return {
          expected: `a change of token ${t} to change outputs from there on`,
          got: 'the same outputs',
          where,
          hint: 'the inputs of this token are not used',
        };
      });
    });
  },
};

function changedAt(on: RuleCase, t: number): RuleCase {
  const changes = tokenInputs(on).map((name) => {
    const numbers = on.inputs[name] as Numbers; // one of its names
    const shift = (x: number, i: number): number => (tokenOf(numbers.shape, i) === t ? 0.5 * x - 0.25 : x);
    // Signals and decays stay within their bounds.
    const scale = (x: number, i: number): number => (tokenOf(numbers.shape, i) === t ? 0.9 * x : x);
    return [name, mapped(numbers, /^[qkv]$/.test(name) ? shift : scale)] as const;
  });
  return withInputs(on, Object.fromEntries(changes));
}

/** The outputs before token t, the rest zero. */
function upTo({ shape, values }: Numbers, t: number): Numbers {
  return { shape, values: values.map((x, i) => (tokenOf(shape, i) < t ? x : 0)) };
}

/** Of one token, of some that do not divide the length, of all. */
function chunkSizes(T: number): readonly number[] {
  return [...new Set(T > 32 ? [1, 16, 32, T] : [1, Math.ceil(T / 2), T, T + 1])];
}

/** A chunk form is the steps, faster. */
export const chunks: Check<RuleRunner> = {
  name: 'chunk = step',
  title: 'the chunk form gives the outputs, final state and gradients of the steps, at every chunk size',
  hint: 'the first token that differs says where: the first of a chunk points at the state between chunks, a later one at what happens within; try T = 2 with chunks of 1, then of 2',
  skip: ({ rule }) => (rule.chunk ? undefined : 'the rule has no chunk form'),
  run: async (runner) => {
    const T = runner.length(63);
    const cases = DECAYS.flatMap((decay) => [
      runner.case({ T, decay, state: true }),
      runner.case({ T, decay, documents: true, state: true }),
    ]);
    const shared = runner.case({ T, decay: 'shared', documents: true, state: true });
    const long = runner.lengths
      .filter((length) => length > T)
      .map((length) => runner.case({ T: length, B: 1, H: 1, decay: 'head' }));
    return firstFinding([...cases, shared, ...long], async (on) => {
      const [, ...inChunks] = runner.forms(on, ...chunkSizes(on.inputs.q?.shape[2] ?? 1));
      if (inChunks.length === 0) return undefined;
      const wanted = runner.define(on, true);
      return firstFinding(inChunks, async (form) => {
        const got = difference(await runner.run(on, form, true), wanted, CLOSE);
        return got === undefined
          ? undefined
          : { expected: 'what the steps give', got, where: place(on, form), hint: chunks.hint };
      });
    });
  },
};
