import { numberParam, type Params } from '../../../src/core/params.js';
import { TRACE_STEPS } from '../phenomena/oneStimulus.js';
import { savingsTrials } from '../phenomena/succession.js';
import type { LabSetting } from '../setting.js';
import type { Predictions } from './contract.js';
import { geometric, gradient } from './series.js';

/** What a US counts as: `a` against the threshold, `m` in its average. */
interface Activity {
  readonly a: number;
  readonly m: number;
}

/** The US of size lambda in one of `channels` channels, by the rule's form. */
function activity(size: number, params: Params, channels = 1): Activity {
  const square = size ** 2 / (params.form === 'gate' ? channels : 1);
  if (params.form === 'signed') return { a: size, m: size };
  return params.form === 'rate' ? { a: size, m: square } : { a: square, m: square };
}

/**
 * What A gains in n trials, one every `stride` steps, where a US came at each of `start` steps before and comes
 * at every step from then on:
 *
 *   b lambda ((a - m) n + m rho^start (1 - rho^(stride n)) / (1 - rho^stride))
 */
interface Gain {
  readonly start: number;
  readonly n: number;
  readonly stride?: number;
  readonly size?: number;
  readonly channels?: number;
}

/** What n trials write from a threshold theta: `b lambda ((a - m) n + (m - theta) (1 - rho^n) / (1 - rho))`. */
function gainFrom(s: LabSetting, params: Params, theta: number, n: number): number {
  const { a, m } = activity(s.magnitude, params);
  return s.beta * s.magnitude * ((a - m) * n + (m - theta) * geometric(numberParam(params, 'rho'), n));
}

/** What n trials write after as many with the US and then without it as the setting says. */
function afterRest(s: LabSetting, params: Params, n: number): number {
  const rho = numberParam(params, 'rho');
  const theta = activity(s.magnitude, params).m * (1 - rho ** s.first) * rho ** s.second;
  return gainFrom(s, params, theta, n);
}

function gain(s: LabSetting, params: Params, { start, n, stride = 1, size, channels }: Gain): number {
  const lambda = size ?? s.magnitude;
  const rho = numberParam(params, 'rho');
  const { a, m } = activity(lambda, params, channels);
  return s.beta * lambda * ((a - m) * n + m * rho ** start * geometric(rho ** stride, n));
}

/** Acquisition into a memory that keeps alpha a step: `b lambda sum_i alpha^(n-1-i) (a - m + m rho^i)`. */
function decayingGain(s: LabSetting, params: Params): number {
  const { a, m } = activity(s.magnitude, params);
  const faded = s.decay ** (s.first - 1) * geometric(numberParam(params, 'rho') / s.decay, s.first);
  return s.beta * s.magnitude * ((a - m) * geometric(s.decay, s.first) + m * faded);
}

/**
 * Rounds of two trials, the US after the first with chance p1 and after the second with p0. The mean threshold
 * before the first trial of round i is `rest (1 - rho^(2i))`, rest = m (rho p1 + p0) / (1 + rho). The gains of
 * the first and of the second trial's stimuli:
 */
function alternating(s: LabSetting, params: Params, p1: number, p0: number): readonly [number, number] {
  const rho = numberParam(params, 'rho');
  const { a, m } = activity(s.magnitude, params);
  const rest = (m * (rho * p1 + p0)) / (1 + rho);
  const n = s.first;
  const thresholds = rest * (n - geometric(rho * rho, n));
  const write = s.beta * s.magnitude;
  const second = a * n - rho * thresholds - (1 - rho) * p1 * m * n;
  return [write * p1 * (a * n - thresholds), write * p0 * second];
}

/** The mean over schedules of chance p: `b lambda p ((a - p m) n + p m (1 - rho^n) / (1 - rho))`. */
function partial(s: LabSetting, params: Params): number {
  const { a, m } = activity(s.magnitude, params);
  const n = s.first;
  const faded = s.chance * m * geometric(numberParam(params, 'rho'), n);
  return s.beta * s.magnitude * s.chance * ((a - s.chance * m) * n + faded);
}

/** Acquisition, and with a decaying memory what is left of it after so many steps. */
function fading(s: LabSetting, params: Params, steps: number): Record<string, number> {
  return {
    V_A: gain(s, params, { start: 0, n: s.first }),
    'V_A, decaying memory': decayingGain(s, params) * s.decay ** steps,
  };
}

/**
 * The US at the last of tau + 1 steps of a trial, where x^tau is left of A. The mean threshold before it in trial i
 * is `rest (1 - rho^((tau+1) i))`, rest = m rho^tau (1 - rho) / (1 - rho^(tau+1)).
 */
function traced(s: LabSetting, params: Params): Record<string, number> {
  const rho = numberParam(params, 'rho');
  const { a, m } = activity(s.magnitude, params);
  const round = TRACE_STEPS + 1;
  const rest = (m * rho ** TRACE_STEPS) / geometric(rho, round);
  const thresholds = rest * (s.first - geometric(rho ** round, s.first));
  const V = s.beta * s.magnitude * (a * s.first - thresholds);
  return { 'V_A, no trace': 0, 'V_A, fading trace': s.decay ** TRACE_STEPS * V, 'V_A, delay': V };
}

/** Rounds of A+, B+, AB-: thresholds `t_i = rest (1 - rho^(3i))` before A and `rho t_i + (1 - rho) m` before B. */
function patterning(s: LabSetting, params: Params): Record<string, number> {
  const rho = numberParam(params, 'rho');
  const { a, m } = activity(s.magnitude, params);
  const rest = (m * rho * (1 + rho)) / geometric(rho, 3);
  const thresholds = rest * (s.first - geometric(rho ** 3, s.first));
  const write = s.beta * s.magnitude;
  const V_A = write * (a * s.first - thresholds);
  const V_B = write * ((a - (1 - rho) * m) * s.first - rho * thresholds);
  return { V_A, V_B, V_AB: V_A + V_B, 'V_A, with a cue': V_A, 'V_AB, with a cue': V_A + V_B };
}

/**
 * The second layer's US is V_A of the first: `V_t = gain of t trials` while A is learned, which sets its threshold
 * `theta = (1 - rho) sum_t rho^(n1-1-t) m(V_t)`, and then the same on every trial.
 */
function secondLayer(s: LabSetting, params: Params): number {
  const rho = numberParam(params, 'rho');
  let theta = 0;
  for (let t = 0; t < s.first; t++) {
    theta = rho * theta + (1 - rho) * activity(gain(s, params, { start: 0, n: t }), params).m;
  }
  const V_A = gain(s, params, { start: 0, n: s.first });
  return gainFrom({ ...s, magnitude: V_A }, params, theta, s.second);
}

function magnitudes(s: LabSetting, params: Params): Record<string, number> {
  const of = (size: number): number => gain(s, params, { start: 0, n: s.first, size });
  return {
    'V_A, half the US': of(s.magnitude / 2),
    'V_A, the US': of(s.magnitude),
    'V_A, twice the US': of(s.magnitude * 2),
  };
}

function overexpectation(s: LabSetting, params: Params): Record<string, number> {
  const before = gain(s, params, { start: 0, n: s.first, stride: 2 });
  return { 'V_A before': before, V_A: before + gain(s, params, { start: 2 * s.first, n: s.second }) };
}

/** Two US channels: thresholds apart, but for the gate form, which has one and goes on with it. */
function reversal(s: LabSetting, params: Params): Record<string, number> {
  const start = params.form === 'gate' ? s.first : 0;
  return {
    'V_A, first US': gain(s, params, { start: 0, n: s.first, channels: 2 }),
    'V_A, second US': gain(s, params, { start, n: s.second, channels: 2 }),
  };
}

/**
 * BCM with the value as activity: every trial with the US adds `b lambda (a - theta)`, theta the average of m.
 *
 *   theta_t = m (1 - rho^t) after t steps with the US
 *   signed: a = m = lambda        rate: a = lambda, m = lambda^2        gate: a = m = lambda^2 / V
 *
 * Habituation to the US looks like blocking and overshadowing but is neither: it does not depend on the stimuli.
 *
 * Source: docs/theory.md 4.2.
 */
export const bcmPredictions: Predictions = {
  conditioning: {
    acquisition: (s, params) => fading(s, params, 0),
    extinction: (s, params) => fading(s, params, s.second),
    forgetting: (s, params) => fading(s, params, s.gap),
    'us-magnitude': magnitudes,
    'partial-reinforcement': (s, params) => ({
      V_A: partial(s, params),
      'V_A, always': gain(s, params, { start: 0, n: s.first }),
    }),
    'latent-inhibition': (s, params) => ({ V_A: gain(s, params, { start: 0, n: s.second }) }),
    blocking: (s, params) => {
      const habituated = gain(s, params, { start: s.first, n: s.second });
      const fresh = gain(s, params, { start: 0, n: s.second });
      return { V_B: habituated, 'V_B, no pretraining': fresh, 'V_B, B+ alone': habituated };
    },
    overshadowing: (s, params) => {
      const V = gain(s, params, { start: 0, n: s.first });
      return { V_A: V, 'V_A, alone': V };
    },
    overexpectation,
    'conditioned-inhibition': (s, params) => ({ V_A: alternating(s, params, 1, 0)[0], V_X: 0 }),
    contingency: (s, params) => {
      const [V_A, alone] = alternating(s, params, s.chance, s.background);
      return { V_A, V_context: V_A + alone };
    },
    'retroactive-interference': (s, params) => {
      const V = gain(s, params, { start: 0, n: s.first });
      return { 'V_A before': V, V_A: V, V_B: gain(s, params, { start: s.first, n: s.second }) };
    },
    'us-preexposure': (s, params) => {
      const V = gain(s, params, { start: s.first, n: s.second });
      return { V_A: V, 'V_A, in a context': V };
    },
    generalisation: (s, params) => gradient(gain(s, params, { start: 0, n: s.first })),
    'trace-conditioning': traced,
    'inhibitor-extinction': () => ({ 'V_X before': 0, V_X: 0 }),
    'negative-patterning': patterning,
    'second-order': (s, params) => ({ V_B: 0, 'V_B, second layer': secondLayer(s, params) }),
    savings: (s, params) => {
      const few = savingsTrials(s);
      const first = gain(s, params, { start: 0, n: few });
      return { 'gain of V_A, first time': first, 'gain of V_A, again': afterRest(s, params, few) };
    },
    renewal: (s, params) => {
      const V = gain(s, params, { start: 0, n: s.first });
      return { 'V_A in X before': 2 * V, 'V_A in Y': V, 'V_A in X': 2 * V };
    },
    reinstatement: (s, params) => {
      const before = 2 * gain(s, params, { start: 0, n: s.first });
      return {
        'change of V_A': 0,
        'V_A in the context before': before,
        'V_A in the context': before + afterRest(s, params, s.gap),
      };
    },
    reversal,
    'spontaneous-recovery': () => ({ 'change in the pause, one head': 0 }),
  },
};
