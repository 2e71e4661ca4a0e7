import { numberParam, type Params } from '../../../src/core/params.js';
import type { LabSetting } from '../setting.js';
import type { Predictions } from './contract.js';
import { geometric } from './series.js';

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
 * Source: theory.md 4.2, which has the rate form; the other two by the same sum.
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
    'second-order': () => ({ V_B: 0 }),
    reversal,
    'spontaneous-recovery': () => ({ 'change in the pause, one head': 0 }),
  },
};
