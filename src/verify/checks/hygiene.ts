import { firstFinding, type Check } from '../../core/check.js';
import { difference, EXACT } from '../compare.js';
import { formText, type RuleRunner } from '../ruleRunner.js';
import { place } from './forms.js';

/** Nothing is left in memory but what is given back. */
export const leaks: Check<RuleRunner> = {
  name: 'no tensor left',
  title: 'within tf.tidy nothing stays but the outputs and the state',
  hint: 'no tf.keep, no tf.variable, and no tensors made outside the functions of the rule and kept for later',
  run: async (runner) => {
    const on = runner.case({ T: runner.length(8), decay: 'head', state: true });
    return firstFinding(runner.forms(on, 3), async (form) => {
      runner.leftBehind(on, form); // what a rule makes once and for all is made now
      const left = runner.leftBehind(on, form);
      if (left === 0) return undefined;
      return {
        expected: 'no tensor more than the results',
        got: `${left} more`,
        where: `${on.label}, ${formText(form)}`,
        hint: leaks.hint,
      };
    });
  },
};

/** The same inputs give the same bits. */
export const determinism: Check<RuleRunner> = {
  name: 'deterministic',
  title: 'the same inputs give the same bits, outputs, state and gradients',
  hint: 'no tf.randomNormal, no Math.random, no state kept between calls',
  run: async (runner) => {
    const on = runner.case({ T: runner.length(16), decay: 'head', documents: true });
    return firstFinding(runner.forms(on, 4), async (form) => {
      const first = await runner.run(on, form, true);
      // Afresh, so that what was compiled before is not simply run again.
      await runner.forget();
      const got = difference(await runner.run(on, form, true), first, EXACT);
      if (got === undefined) return undefined;
      return { expected: 'the same bits twice', got, where: place(on, form), hint: determinism.hint };
    });
  },
};
