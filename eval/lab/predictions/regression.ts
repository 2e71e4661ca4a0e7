import type { Params } from '../../../src/core/params.js';
import { TRACE_STEPS } from '../phenomena/oneStimulus.js';
import { savingsTrials } from '../phenomena/succession.js';
import type { LabSetting } from '../setting.js';
import type { Predicted, Predictions } from './contract.js';
import { gradient } from './series.js';

/** Trials of one kind: how many, what of the two stimuli is there, 0 or 1 each, and the US. */
type Trials = readonly [count: number, x: number, y: number, us: number];

/** Responses to two stimuli. */
type Responses = readonly [number, number];

/**
 * The ridge regression of the US on two stimuli over all trials, b the weight of one:
 *
 *   (b sum k k^T + ridge) w = b sum k us
 */
function regressed({ beta }: LabSetting, ridge: number, trials: readonly Trials[]): Responses {
  const sum = (term: (trial: Trials) => number): number =>
    beta * trials.reduce((total, trial) => total + trial[0] * term(trial), 0);
  const [xx, xy, yy] = [
    sum(([, x]) => x * x) + ridge,
    sum(([, x, y]) => x * y),
    sum(([, , y]) => y * y) + ridge,
  ];
  const [gx, gy] = [sum(([, x, , us]) => x * us), sum(([, , y, us]) => y * us)];
  const determinant = xx * yy - xy * xy;
  return [(yy * gx - xy * gy) / determinant, (xx * gy - xy * gx) / determinant];
}

type Fit = (...trials: readonly Trials[]) => Responses;

/** The responses that an experiment reads, without a decay. */
type Form = (fit: Fit, s: LabSetting) => Predicted;

/** A trace of A at every step of a trial, and the US at the last: `kept` is what is left of A from step to step. */
function traced({ beta, first, magnitude }: LabSetting, ridge: number, kept: number): number {
  const last = kept ** TRACE_STEPS;
  let power = 0;
  for (let j = 0; j <= TRACE_STEPS; j++) power += kept ** (2 * j);
  return (beta * first * last * magnitude) / (beta * first * power + ridge);
}

const forms: Readonly<Record<string, Form>> = {
  acquisition: (fit, { first, magnitude }) => ({ V_A: fit([first, 1, 0, magnitude])[0] }),
  extinction: (fit, { first, second, magnitude }) => ({
    V_A: fit([first, 1, 0, magnitude], [second, 1, 0, 0])[0],
  }),
  forgetting: (fit, { first, magnitude }) => ({ V_A: fit([first, 1, 0, magnitude])[0] }),
  'us-magnitude': (fit, { first, magnitude }) => ({
    'V_A, half the US': fit([first, 1, 0, magnitude / 2])[0],
    'V_A, the US': fit([first, 1, 0, magnitude])[0],
    'V_A, twice the US': fit([first, 1, 0, magnitude * 2])[0],
  }),
  'latent-inhibition': (fit, { first, second, magnitude }) => ({
    V_A: fit([first, 1, 0, 0], [second, 1, 0, magnitude])[0],
  }),
  generalisation: (fit, { first, magnitude }) => gradient(fit([first, 1, 0, magnitude])[0]),
  blocking: (fit, { first, second, magnitude }) => ({
    V_B: fit([first, 1, 0, magnitude], [second, 1, 1, magnitude])[1],
    'V_B, no pretraining': fit([second, 1, 1, magnitude])[1],
    'V_B, B+ alone': fit([first, 1, 0, magnitude], [second, 0, 1, magnitude])[1],
  }),
  overshadowing: (fit, { first, magnitude }) => ({
    V_A: fit([first, 1, 1, magnitude])[0],
    'V_A, alone': fit([first, 1, 0, magnitude])[0],
  }),
  overexpectation: (fit, { first, second, magnitude }) => {
    const elements: readonly Trials[] = [
      [first, 1, 0, magnitude],
      [first, 0, 1, magnitude],
    ];
    return { 'V_A before': fit(...elements)[0], V_A: fit(...elements, [second, 1, 1, magnitude])[0] };
  },
  'conditioned-inhibition': (fit, { first, magnitude }) => {
    const [V_A, V_X] = fit([first, 1, 0, magnitude], [first, 1, 1, 0]);
    return { V_A, V_X };
  },
  'inhibitor-extinction': (fit, { first, second, magnitude }) => {
    const both: readonly Trials[] = [
      [first, 1, 0, magnitude],
      [first, 1, 1, 0],
    ];
    return { 'V_X before': fit(...both)[1], V_X: fit(...both, [second, 0, 1, 0])[1] };
  },
  'negative-patterning': (fit, { first, magnitude }) => {
    const [V_A, V_B] = fit([first, 1, 0, magnitude], [first, 0, 1, magnitude], [first, 1, 1, 0]);
    return { V_A, V_B, V_AB: V_A + V_B };
  },
  'retroactive-interference': (fit, { first, second, magnitude }) => {
    const [V_A, V_B] = fit([first, 1, 0, magnitude], [second, 0, 1, magnitude]);
    return { 'V_A before': V_A, V_A, V_B };
  },
  'us-preexposure': (fit, { first, second, magnitude }) => ({
    V_A: fit([second, 1, 0, magnitude])[0],
    'V_A, in a context': fit([first, 0, 1, magnitude], [second, 1, 1, magnitude])[0],
  }),
  'second-order': (fit, { first, second, magnitude }) => ({
    V_B: fit([first, 1, 0, magnitude], [second, 1, 1, 0])[1],
  }),
  savings: (fit, s) => {
    const few: Trials = [savingsTrials(s), 1, 0, s.magnitude];
    const before: readonly Trials[] = [
      [s.first, 1, 0, s.magnitude],
      [s.second, 1, 0, 0],
    ];
    return {
      'gain of V_A, first time': fit(few)[0],
      'gain of V_A, again': fit(...before, few)[0] - fit(...before)[0],
    };
  },
  reinstatement: (fit, { first, second, gap, magnitude }) => {
    const before: readonly Trials[] = [
      [first, 1, 1, magnitude],
      [second, 1, 1, 0],
    ];
    const together = ([V_A, V_context]: Responses): number => V_A + V_context;
    return {
      'change of V_A': 0,
      'V_A in the context before': together(fit(...before)),
      'V_A in the context': together(fit(...before, [gap, 0, 1, magnitude])),
    };
  },
  reversal: (fit, { first, second, magnitude }) => ({
    'V_A, first US': fit([first, 1, 0, magnitude], [second, 1, 0, 0])[0],
    'V_A, second US': fit([first, 1, 0, 0], [second, 1, 0, magnitude])[0],
  }),
};

/**
 * Conditioning by rules that read the ridge regression of all trials: all count alike, in any order. With one stimulus
 *
 *   V_A = b n lambda / (b (n + m) + ridge)        n trials with the US, m without it
 *
 * so that exposure without the US retards learning (latent inhibition), and trials of B alone change V_A after trials of
 * both.
 *
 * Source: docs/theory.md 4.2; Dayan and Kakade 2000.
 */
export function regressionConditioning(
  ridgeOf: (params: Params) => number,
): NonNullable<Predictions['conditioning']> {
  const closed = Object.entries(forms).map(([name, form]) => {
    const predict = (s: LabSetting, params: Params): Predicted =>
      form((...trials) => regressed(s, ridgeOf(params), trials), s);
    return [name, predict] as const;
  });
  return {
    ...Object.fromEntries(closed),
    'trace-conditioning': (s, params) => ({
      'V_A, no trace': 0,
      'V_A, fading trace': traced(s, ridgeOf(params), s.decay),
      'V_A, delay': traced(s, ridgeOf(params), 1),
    }),
  };
}
