import { firstFinding, type Check } from '../../core/check.js';
import { Rng } from '../../core/rng.js';
import { dot } from '../../core/numbers.js';
import { mapped, withInputs, type Numbers, type RuleCase } from '../ruleCase.js';
import type { Form, Outcome, RuleRunner } from '../ruleRunner.js';
import { place } from './forms.js';

/** The gradients are those of what is computed. */
export const gradients: Check<RuleRunner> = {
  name: 'gradients',
  title: 'the gradient of every input is what finite differences of the loss give',
  hint: 'look for tf.customGrad, for ops without a gradient, and for values read and put back as constants',
  run: async (runner) => {
    const on = runner.case({ T: runner.length(7), decay: 'head', documents: true, state: true });
    return firstFinding(runner.forms(on, 3), async (form) => {
      const outcome = await runner.run(on, form, true);
      return firstFinding(Object.keys(on.inputs), async (name) => {
        const got = await slopeIssue(runner, on, form, name, outcome);
        return got === undefined
          ? undefined
          : {
              expected: `the gradient of ${name} along a random direction to be the slope of the loss`,
              got,
              where: place(on, form),
              hint: gradients.hint,
            };
      });
    });
  },
};

async function slopeIssue(
  runner: RuleRunner,
  on: RuleCase,
  form: Form,
  name: string,
  outcome: Outcome,
): Promise<string | undefined> {
  const gradient = outcome[`gradient of ${name}`]?.values ?? new Float32Array();
  const direction = Rng.fromSeed(3).normals(gradient.length);
  const slope = dot(gradient, direction);
  const loss = async (by: number): Promise<number> => {
    const moved = mapped(on.inputs[name] as Numbers, (x, i) => x + by * (direction[i] ?? 0)); // one of its names
    const results = await runner.run(withInputs(on, { [name]: moved }), form);
    const weights = Object.entries(runner.lossWeights(on));
    return weights.reduce((sum, [part, { values }]) => sum + dot(values, results[part]?.values ?? values), 0);
  };
  const rises: number[] = [];
  // A second, smaller step for what has kinks.
  for (const eps of [1e-2, 2e-3]) {
    const rise = ((await loss(eps)) - (await loss(-eps))) / (2 * eps);
    if (Math.abs(slope - rise) <= 2e-3 + 2e-2 * Math.abs(rise)) return undefined;
    rises.push(rise);
  }
  return `${slope.toPrecision(5)} where the loss rises by ${rises.map((x) => x.toPrecision(5)).join(' or ')}`;
}
