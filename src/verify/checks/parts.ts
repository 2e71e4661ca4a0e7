import { firstFinding, type Check } from '../../core/check.js';
import type { RuleRunner } from '../ruleRunner.js';
import { CLOSE, difference, NEAR } from '../compare.js';
import { DIMS, oneMemory, slicedInTime, withInputs, type NamedNumbers, type Numbers } from '../ruleCase.js';
import type { Outcome } from '../ruleRunner.js';
import { place } from './forms.js';

function stateInputs(outcome: Outcome): NamedNumbers {
  return Object.fromEntries(Object.entries(outcome).filter(([name]) => name.startsWith('state.')));
}

/** Two halves with the state carried over are one run. */
export const carriedState: Check<RuleRunner> = {
  name: 'carried state',
  title: 'a run in two parts, the state carried over, is one run',
  hint: 'everything a later token needs is in the state that step and chunk return, and they start from the state given',
  run: async (runner) => {
    const T = runner.length(63);
    const at = Math.floor(T / 2);
    if (at === 0) return undefined;
    const on = runner.case({ T, decay: 'head', state: true });
    return firstFinding(runner.forms(on, 4, 16), async (form) => {
      const whole = await runner.run(on, form);
      const first = await runner.run(slicedInTime(on, 0, at), form);
      const second = await runner.run(withInputs(slicedInTime(on, at, T), stateInputs(first)), form);
      const joined = {
        ...second,
        outputs: joinedInTime(first.outputs as Numbers, second.outputs as Numbers),
      }; // both have
      const got = difference(joined, whole, CLOSE);
      if (got === undefined) return undefined;
      return {
        expected: `the two parts, before and from token ${at}, to be the whole`,
        got,
        where: place(on, form),
        hint: carriedState.hint,
      };
    });
  },
};

function joinedInTime(a: Numbers, b: Numbers): Numbers {
  const [B = 1, H = 1, T1 = 1, V = 1] = a.shape;
  const T2 = b.shape[2] ?? 1;
  const values = Float32Array.from({ length: a.values.length + b.values.length }, (_, i) => {
    const [memory, rest] = [Math.floor(i / ((T1 + T2) * V)), i % ((T1 + T2) * V)];
    return (
      (rest < T1 * V ? a.values[memory * T1 * V + rest] : b.values[memory * T2 * V + rest - T1 * V]) ?? NaN
    );
  });
  return { shape: [B, H, T1 + T2, V], values };
}

/** Documents in one row never see each other. */
export const documents: Check<RuleRunner> = {
  name: 'documents',
  title: 'the memory starts afresh at each document: a packed row is its documents one by one',
  hint: 'a chunk form gets xs.documents: no state, score or decay reaches across a change of document, and every field of the state restarts as initState says',
  run: async (runner) => {
    const T = runner.length(63);
    const at = Math.floor(T / 3);
    if (at === 0) return undefined;
    const on = runner.case({ T, decay: 'head', state: true });
    const ids = Int32Array.from({ length: DIMS.B * T }, (_, n) => (n % T < at ? 4 : 2));
    const packed = { ...on, documents: ids, label: `${on.label}, a second document from token ${at}` };
    const fresh = slicedInTime(on, at, T);
    const kept = Object.entries(fresh.inputs).filter(([name]) => !name.startsWith('state.'));
    return firstFinding(runner.forms(on, 4, 16), async (form) => {
      const got = await runner.run(packed, form);
      const first = await runner.run(slicedInTime(on, 0, at), form);
      const second = await runner.run({ ...fresh, inputs: Object.fromEntries(kept) }, form);
      const wanted = {
        ...second,
        outputs: joinedInTime(first.outputs as Numbers, second.outputs as Numbers),
      }; // both have
      const found = difference(got, wanted, CLOSE);
      if (found === undefined) return undefined;
      return {
        expected: 'the two documents run apart',
        got: found,
        where: place(packed, form),
        hint: documents.hint,
      };
    });
  },
};

/** A memory is one row's and one head's own. */
export const independence: Check<RuleRunner> = {
  name: 'rows and heads',
  title: 'each row and head is a memory of its own: alone it does the same',
  hint: 'sum, mean and multiply over axes from the third on; the first two are rows and heads',
  run: async (runner) => {
    const on = runner.case({ T: runner.length(16), decay: 'head', state: true });
    return firstFinding(runner.forms(on, 4), async (form) => {
      const together = await runner.run(on, form);
      return firstFinding(
        [
          [0, 1],
          [1, 0],
        ] as const,
        async ([b, h]) => {
          const alone = await runner.run(oneMemory(on, b, h), form);
          const own = oneMemory({ ...on, inputs: together }, b, h).inputs;
          const got = difference(own, alone, NEAR);
          if (got === undefined) return undefined;
          return {
            expected: `row ${b}, head ${h} to do what it does alone`,
            got,
            where: place(on, form),
            hint: independence.hint,
          };
        },
      );
    });
  },
};
