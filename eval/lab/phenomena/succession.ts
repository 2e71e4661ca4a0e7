import { phase, trial, type Script } from '../script.js';
import type { LabSetting } from '../setting.js';
import { reading, readingOf, script, trials, type Phenomenon, type Reading } from './contract.js';

/** A+ then B+ with the same US : does learning B cost A? */
export const retroactiveInterference: Phenomenon = {
  name: 'retroactive-interference',
  title: 'Retroactive interference',
  design: 'A+ then B+',
  conditions: (s) => ({
    both: script(s, [trials(s.first, 'A', s.magnitude), trials(s.second, 'B', s.magnitude)]),
  }),
  readings: { 'V_A before': reading('both', 0), V_A: reading('both', 1), V_B: reading('both', 1, 'B') },
};

/** The US alone, then A+ : does knowing the US retard learning, and through the context? */
export const usPreexposure: Phenomenon = {
  name: 'us-preexposure',
  title: 'US pre-exposure',
  design: 'US alone then A+; the same in a context that is always there',
  conditions: (s) => ({
    bare: script(s, [trials(s.first, '', s.magnitude), trials(s.second, 'A', s.magnitude)]),
    context: script(s, [trials(s.first, 'context', s.magnitude), trials(s.second, 'A context', s.magnitude)]),
  }),
  readings: { V_A: reading('bare', 1), 'V_A, in a context': reading('context', 1) },
};

/** A+ then BA- : does B gain from A's meaning? One layer has no US for it; a second has what A predicts. */
export const secondOrder: Phenomenon = {
  name: 'second-order',
  title: 'Second-order conditioning, one layer and two',
  design: 'A+ then BA-; the US of the second layer is what the first predicted',
  conditions: (s) => {
    const one = script(s, [trials(s.first, 'A', s.magnitude), trials(s.second, 'B A')]);
    return { one, two: { ...one, layers: 2 } };
  },
  readings: {
    V_B: reading('one', 1, 'B'),
    'V_B, second layer': { ...reading('two', 1, 'B'), layer: 1 },
  },
  shows: 'V_B, second layer',
};

/** Trials of a short re-acquisition: 5 at the default setting. */
export function savingsTrials({ second }: LabSetting): number {
  return Math.ceil(second / 6);
}

/** A+, A-, A+ : is the second learning faster than the first? */
export const savings: Phenomenon = {
  name: 'savings',
  title: 'Savings',
  design: 'A+ then A- then a few A+, against the first few A+',
  conditions: (s) => {
    const few = trials(savingsTrials(s), 'A', s.magnitude);
    return {
      naive: script(s, [few]),
      again: script(s, [trials(s.first, 'A', s.magnitude), trials(s.second, 'A'), few]),
    };
  },
  readings: {
    'gain of V_A, first time': reading('naive', 0),
    'gain of V_A, again': { ...reading('again', 2), since: 1 },
  },
};

/** A+ in one place, A- in another : does A keep its meaning in the first place? */
export const renewal: Phenomenon = {
  name: 'renewal',
  title: 'Renewal',
  design: 'A+ in context X, A- in context Y, A in each',
  conditions: (s) => ({
    both: script(s, [trials(s.first, 'A X', s.magnitude), trials(s.second, 'A Y')]),
  }),
  readings: {
    'V_A in X before': readingOf('both', 0, { A: 1, X: 1 }),
    'V_A in Y': readingOf('both', 1, { A: 1, Y: 1 }),
    'V_A in X': readingOf('both', 1, { A: 1, X: 1 }),
  },
};

/** A+, A-, the US alone : does the US bring the response to A back? */
export const reinstatement: Phenomenon = {
  name: 'reinstatement',
  title: 'Reinstatement',
  design: 'A+ then A- then the US alone; the same in a context that is always there',
  conditions: (s) => ({
    bare: script(s, [
      trials(s.first, 'A', s.magnitude),
      trials(s.second, 'A'),
      trials(s.gap, '', s.magnitude),
    ]),
    context: script(s, [
      trials(s.first, 'A context', s.magnitude),
      trials(s.second, 'A context'),
      trials(s.gap, 'context', s.magnitude),
    ]),
  }),
  readings: {
    'change of V_A': { ...reading('bare', 2), since: 1 },
    'V_A in the context before': readingOf('context', 1, { A: 1, context: 1 }),
    'V_A in the context': readingOf('context', 2, { A: 1, context: 1 }),
  },
  shows: 'V_A in the context',
};

const OTHER = 'US2';

/** A with one US, then with another. */
export const reversal: Phenomenon = {
  name: 'reversal',
  title: 'Reversal',
  design: 'A with one US, then A with another',
  conditions: (s) => ({
    both: script(s, [
      trials(s.first, 'A', s.magnitude),
      phase(s.second, { stimuli: { A: 1 }, outcomes: { [OTHER]: s.magnitude } }),
    ]),
  }),
  readings: { 'V_A, first US': reading('both', 1), 'V_A, second US': reading('both', 1, 'A', OTHER) },
};

/** The lengths of the recovery experiment: 80 trials, 15 trials, 60 steps at the default setting. */
export function recoveryLengths({ first, second, gap }: LabSetting): readonly [number, number, number] {
  return [Math.round((first * 8) / 3), Math.ceil(second / 2), 6 * gap];
}

/** A slow head that forgets nothing and a fast one that does. */
export function recoveryHeads({ beta, decay }: LabSetting): Script['heads'] {
  return [
    { beta: beta / 4, decay: 1 },
    { beta: 2 * beta, decay },
  ];
}

function recoveryScript(setting: LabSetting, heads: Script['heads']): Script {
  const [acquired, extinguished, idle] = recoveryLengths(setting);
  const phases = [
    trials(acquired, 'A', setting.magnitude),
    trials(extinguished, 'A'),
    phase(idle, trial({})),
  ];
  return { phases, heads };
}

const change: Reading = { ...reading('one', 2), since: 1 };

/** A+, A-, a pause : does the response come back by itself? */
export const spontaneousRecovery: Phenomenon = {
  name: 'spontaneous-recovery',
  title: 'Spontaneous recovery, two time scales',
  design: 'A+ then A- then a pause; a slow and a fast head that share the error, and one head',
  conditions: (s) => ({
    two: recoveryScript(s, recoveryHeads(s)),
    one: recoveryScript(s, [{ beta: s.beta, decay: 1 }]),
  }),
  readings: {
    'V_A acquired': reading('two', 0),
    'V_A extinguished': reading('two', 1),
    'V_A after the pause': reading('two', 2),
    'change in the pause, one head': change,
  },
};
