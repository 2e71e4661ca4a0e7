import { TRACE_STEPS } from '../phenomena/oneStimulus.js';
import { recoveryHeads, recoveryLengths, savingsTrials } from '../phenomena/succession.js';
import type { LabSetting } from '../setting.js';
import type { Predicted, Predictions } from './contract.js';
import { approach, geometric, gradient, power, product, times, type Matrix2 } from './series.js';

/** The response to one stimulus after n trials, `lambda (1 - (1 - b)^n)`; a compound of two has `2 b`. */
function learned({ magnitude }: LabSetting, rate: number, n: number): number {
  return magnitude * (1 - (1 - rate) ** n);
}

/** Half of what a compound of two gains on its way from `start` to `goal`: the share of one stimulus. */
function share(s: LabSetting, start: number, goal: number, n: number): number {
  return ((goal - start) / 2) * (1 - (1 - 2 * s.beta) ** n);
}

/** With a decay: `V <- a (1 - b) V + b lambda`. */
function decaying(s: LabSetting): number {
  return s.beta * s.magnitude * geometric(s.decay * (1 - s.beta), s.first);
}

/** Rounds of A+ and AX- on (V_A, V_X): the fixed point is (lambda, -lambda). */
function inhibition(s: LabSetting): { readonly V_A: number; readonly V_X: number } {
  const b = s.beta;
  const round = product([1 - b, -b, -b, 1 - b], [1 - b, 0, 0, 1]);
  const [V_A, V_X] = approach(round, s.first, [0, 0], [s.magnitude, -s.magnitude]);
  return { V_A, V_X };
}

/** Rounds of A with context and context alone: the fixed point is lambda (p1 - p0, p0). */
function contingency(s: LabSetting): Predicted {
  const b = s.beta;
  const round = product([1, 0, 0, 1 - b], [1 - b, -b, -b, 1 - b]);
  const fixed = [s.magnitude * (s.chance - s.background), s.magnitude * s.background] as const;
  const [V_A, V_context] = approach(round, s.first, [0, 0], fixed);
  return { V_A, V_context };
}

/** Two heads of one error e = lambda - sum_i a_i V_i, each `V_i <- a_i V_i + b_i e`. */
function recovery(s: LabSetting): Predicted {
  const [slow = { beta: 0, decay: 1 }, fast = { beta: 0, decay: 1 }] = recoveryHeads(s);
  const [acquired, extinguished, idle] = recoveryLengths(s);
  const M: Matrix2 = [
    slow.decay * (1 - slow.beta),
    -slow.beta * fast.decay,
    -fast.beta * slow.decay,
    fast.decay * (1 - fast.beta),
  ];
  // The slow head keeps everything: at rest the error is 0 and the fast head, which fades, is empty.
  const trained = approach(M, acquired, [0, 0], [s.magnitude, 0]);
  const after = times(power(M, extinguished), trained);
  return {
    'V_A acquired': trained[0] + trained[1],
    'V_A extinguished': after[0] + after[1],
    'V_A after the pause': after[0] + after[1] * fast.decay ** idle,
    'change in the pause, one head': 0,
  };
}

/**
 * The trace x^j of A over the steps of a trial, the US at the last, tau:
 *
 *   V <- V prod_{j <= tau} (1 - b x^(2j)) + b lambda x^tau
 */
function traced(s: LabSetting, kept: number): number {
  let left = 1;
  for (let j = 0; j <= TRACE_STEPS; j++) left *= 1 - s.beta * kept ** (2 * j);
  return s.beta * s.magnitude * kept ** TRACE_STEPS * geometric(left, s.first);
}

/**
 * Rounds of A+, B+ and AB-. Without a cue V_A = V_B is at most lambda / 3 and V_AB twice that:
 *
 *   V <- (1 - 2b) ((1 - b) V + b lambda)
 *
 * With a cue W of the compound the error is 0 at V = lambda, W = -2 lambda.
 */
function patterning(s: LabSetting): Predicted {
  const [b, lambda] = [s.beta, s.magnitude];
  const V = b * lambda * (1 - 2 * b) * geometric((1 - b) * (1 - 2 * b), s.first);
  const round = product([1 - 2 * b, -b, -2 * b, 1 - b], [1 - b, 0, 0, 1]);
  const [x, W] = approach(round, s.first, [0, 0], [lambda, -2 * lambda]);
  return { V_A: V, V_B: V, V_AB: 2 * V, 'V_A, with a cue': x, 'V_AB, with a cue': 2 * x + W };
}

/**
 * Two layers, d = 1 - 2b. The second learns A from the first's rising V_A and is then taught its falling one:
 *
 *   U_0 = lambda (1 - (1-b)^n1) - b lambda n1 (1-b)^(n1-1)        U_m = d^m U_0 + 2 b V_A m d^(m-1)
 *
 * for A and B together, of which B has half the change. As the first layer, it ends up negative.
 */
function secondLayer(s: LabSetting, V_A: number): number {
  const { beta: b, first: n, second: m } = s;
  const start = V_A - b * s.magnitude * n * (1 - b) ** (n - 1);
  const end = (1 - 2 * b) ** m * start + 2 * b * V_A * m * (1 - 2 * b) ** (m - 1);
  return (end - start) / 2;
}

/** X keeps its half of the first phase; the second takes as much off A as it takes off Y, which begins at 0. */
function renewal(s: LabSetting): Predicted {
  const half = share(s, 0, s.magnitude, s.first);
  const lost = share(s, half, 0, s.second);
  return {
    'V_A in X before': 2 * half,
    'V_A in Y': half + 2 * lost,
    'V_A in X': 2 * half + lost,
  };
}

/** The US alone teaches the context, and nothing without one. */
function reinstatement(s: LabSetting): Predicted {
  const acquired = 2 * share(s, 0, s.magnitude, s.first);
  const half = acquired / 2 + share(s, acquired, 0, s.second);
  const context = s.magnitude + (half - s.magnitude) * (1 - s.beta) ** s.gap;
  return {
    'change of V_A': 0,
    'V_A in the context before': 2 * half,
    'V_A in the context': half + context,
  };
}

/**
 * Conditioning by the delta rule, which is Rescorla and Wagner's.
 *
 * Source: docs/theory.md 4.2 to 4.4.
 */
export const deltaConditioning: NonNullable<Predictions['conditioning']> = {
  acquisition: (s) => ({ V_A: learned(s, s.beta, s.first), 'V_A, decaying memory': decaying(s) }),
  extinction: (s) => ({
    V_A: learned(s, s.beta, s.first) * (1 - s.beta) ** s.second,
    'V_A, decaying memory': decaying(s) * (s.decay * (1 - s.beta)) ** s.second,
  }),
  forgetting: (s) => ({
    V_A: learned(s, s.beta, s.first),
    'V_A, decaying memory': decaying(s) * s.decay ** s.gap,
  }),
  'us-magnitude': (s) => ({
    'V_A, half the US': learned(s, s.beta, s.first) / 2,
    'V_A, the US': learned(s, s.beta, s.first),
    'V_A, twice the US': learned(s, s.beta, s.first) * 2,
  }),
  'partial-reinforcement': (s) => ({
    V_A: s.chance * learned(s, s.beta, s.first),
    'V_A, always': learned(s, s.beta, s.first),
  }),
  'latent-inhibition': (s) => ({ V_A: learned(s, s.beta, s.second) }),
  blocking: (s) => ({
    V_B: share(s, learned(s, s.beta, s.first), s.magnitude, s.second),
    'V_B, no pretraining': share(s, 0, s.magnitude, s.second),
    'V_B, B+ alone': learned(s, s.beta, s.second),
  }),
  overshadowing: (s) => ({
    V_A: share(s, 0, s.magnitude, s.first),
    'V_A, alone': learned(s, s.beta, s.first),
  }),
  overexpectation: (s) => {
    const before = learned(s, s.beta, s.first);
    return { 'V_A before': before, V_A: before + share(s, 2 * before, s.magnitude, s.second) };
  },
  'conditioned-inhibition': inhibition,
  contingency,
  'retroactive-interference': (s) => ({
    'V_A before': learned(s, s.beta, s.first),
    V_A: learned(s, s.beta, s.first),
    V_B: learned(s, s.beta, s.second),
  }),
  'us-preexposure': (s) => ({
    V_A: learned(s, s.beta, s.second),
    'V_A, in a context': share(s, learned(s, s.beta, s.first), s.magnitude, s.second),
  }),
  generalisation: (s) => gradient(learned(s, s.beta, s.first)),
  'trace-conditioning': (s) => ({
    'V_A, no trace': 0,
    'V_A, fading trace': traced(s, s.decay),
    'V_A, delay': traced(s, 1),
  }),
  'inhibitor-extinction': (s) => {
    const before = inhibition(s).V_X;
    return { 'V_X before': before, V_X: before * (1 - s.beta) ** s.second };
  },
  'negative-patterning': patterning,
  'second-order': (s) => {
    const V_A = learned(s, s.beta, s.first);
    return { V_B: share(s, V_A, 0, s.second), 'V_B, second layer': secondLayer(s, V_A) };
  },
  savings: (s) => {
    const few = savingsTrials(s);
    const left = learned(s, s.beta, s.first) * (1 - s.beta) ** s.second;
    return {
      'gain of V_A, first time': learned(s, s.beta, few),
      'gain of V_A, again': learned(s, s.beta, few) * (1 - left / s.magnitude),
    };
  },
  renewal,
  reinstatement,
  reversal: (s) => ({
    'V_A, first US': learned(s, s.beta, s.first) * (1 - s.beta) ** s.second,
    'V_A, second US': learned(s, s.beta, s.second),
  }),
  'spontaneous-recovery': recovery,
};
