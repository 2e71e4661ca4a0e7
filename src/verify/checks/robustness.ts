import { firstFinding, type CheckFinding, type Check } from '../../core/check.js';
import type { Params } from '../../core/params.js';
import { CLOSE, difference, notFinite } from '../compare.js';
import {
  mapped,
  signalBounds,
  withInputs,
  type NamedNumbers,
  type Numbers,
  type RuleCase,
} from '../ruleCase.js';
import type { RuleRunner } from '../ruleRunner.js';
import { place } from './forms.js';

/** Finite results and gradients in every form, and the same in all. */
async function formsFinding(
  runner: RuleRunner,
  on: RuleCase,
  hint: string,
): Promise<CheckFinding | undefined> {
  const wanted = runner.define(on, true);
  return firstFinding(runner.forms(on, 3), async (form) => {
    const got = await runner.run(on, form, true);
    const bad = notFinite(got);
    const where = place(on, form);
    if (bad !== undefined) return { expected: 'finite outputs, state and gradients', got: bad, where, hint };
    const found = difference(got, wanted, CLOSE);
    return found === undefined ? undefined : { expected: 'what the steps give', got: found, where, hint };
  });
}

const decays: Readonly<Record<string, (i: number) => number>> = {
  'log decays of 0': () => 0,
  'total decay at every token': () => -Infinity,
  'total decay at some tokens': (i) => (i % 4 === 1 ? -Infinity : -0.3),
  'log decays of -10000': () => -1e4,
  'decays of all or nothing': (i) => (i % 3 === 0 ? -300 : 0),
  'decays near 0 and near 1': (i) => (i % 2 === 0 ? -1e-7 : -20),
};

/** Decays of 0 and 1. */
export const extremeDecay: Check<RuleRunner> = {
  name: 'extreme decay',
  title: 'decays of 0 and of 1 give finite numbers, the same in every form, with their gradients',
  hint: 'never divide by a decay or take the exponent of a positive difference: mask it before tf.exp',
  run: async (runner) => {
    const T = runner.length(8);
    const cases = (['head', 'channel'] as const).flatMap((kind) =>
      Object.entries(decays).map(([label, value]) => {
        const on = runner.case({ T, decay: kind, state: true });
        return withInputs(on, { logDecay: mapped(on.inputs.logDecay as Numbers, (_, i) => value(i)) }, label); // it has a decay
      }),
    );
    return firstFinding(cases, async (on) => formsFinding(runner, on, extremeDecay.hint));
  },
};

/** Zero keys, values and queries, and signals at their bounds. */
export const bounds: Check<RuleRunner> = {
  name: 'bounds',
  title: 'zero vectors and signals at their bounds give finite numbers, the same in every form',
  hint: 'keep divisions and roots away from 0: tf.div(x, tf.add(size, 1e-6))',
  run: async (runner) => {
    const on = runner.case({ T: runner.length(8), decay: 'head', state: true });
    const filled = (name: string, value: number): NamedNumbers => {
      return { [name]: mapped(on.inputs[name] as Numbers, () => value) }; // one of its names
    };
    const zeros = ['q', 'k', 'v'].map((name) => withInputs(on, filled(name, 0), `${name} of zeros`));
    const signals = Object.keys(runner.rule.signals).flatMap((name) =>
      signalBounds(runner.rule, name, on.params).map((bound) =>
        withInputs(on, filled(`signals.${name}`, bound), `${name} at ${bound}`),
      ),
    );
    return firstFinding([...zeros, ...signals], async (each) => formsFinding(runner, each, bounds.hint));
  },
};

/** Each parameter at each of its words or at both ends of its range. */
export const parameters: Check<RuleRunner> = {
  name: 'parameters',
  title: 'every parameter works at the ends of its range and at each of its words',
  hint: 'a parameter comes resolved: numberParam(params, name) or choiceParam(params, name, table); narrow its range where the rule cannot follow',
  skip: ({ rule }) => (Object.keys(rule.params).length > 0 ? undefined : 'the rule has no parameters'),
  run: async (runner) => {
    const settings = Object.entries(runner.rule.params).flatMap(([name, spec]) => {
      const values: readonly (number | string)[] = spec.choices ?? spec.range ?? [];
      return values.map((value): Params => ({ [name]: value }));
    });
    return firstFinding(settings, async (setting) => {
      const params = { ...runner.defaults, ...setting };
      const on = runner.case({ T: runner.length(8), decay: 'head', documents: true, state: true, params });
      const label = `${on.label}, ${Object.entries(setting)
        .map(([name, value]) => `${name} ${value}`)
        .join()}`;
      return formsFinding(runner, { ...on, label }, parameters.hint);
    });
  },
};
