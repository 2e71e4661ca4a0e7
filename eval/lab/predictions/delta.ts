import { recoveryHeads, recoveryLengths } from '../phenomena/succession.js';
import type { LabSetting } from '../setting.js';
import type { CapacityCase, Predicted, Predictions } from './contract.js';
import { approach, geometric, product, times, power, type Matrix2 } from './series.js';

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
function inhibition(s: LabSetting): Predicted {
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
 * Expected squared error after m later writes, N - 1 - m earlier ones, random unit keys and values.
 *
 * A probe x = k_j goes backwards through the later writes, x <- g (x - b (k.x) k), with
 *
 *   E a = (g (1 - b/K))^m        a = x.k_j
 *   E|x|^2 = Q^m                 Q = g^2 (1 - (2b - b^2)/K)
 *   E a^2 = X_m                  X_{m+1} = g^2 ((1 - 2b/K + 2b^2/(K(K+2))) X_m + b^2/(K(K+2)) Q^m)
 *   E = 1 - 2b E a + b^2 X_m + g^2 (Q^m - (2b - b^2) X_m) w(N-1-m) + w(m),   w(n) = b^2/K (1-Q^n)/(1-Q)
 *
 * With b = g = 1 and K large this is 2 - e^-n - 2e^-t + e^(-n-t), n = N/K, t = m/K.
 */
function error(at: CapacityCase): number | undefined {
  const { beta: b, decay: g, K, age: m, pairs } = at;
  if (at.correlation !== 0) return undefined;
  const lost = 2 * b - b * b;
  const fourth = (b * b) / (K * (K + 2));
  const Q = g * g * (1 - lost / K);
  const c = g * g * (1 - (2 * b) / K + 2 * fourth);
  const written = (n: number): number => ((b * b) / K) * geometric(Q, n);
  const X = c ** m + (g * g * fourth * (Q ** m - c ** m)) / (Q - c);
  const along = 1 - 2 * b * (g * (1 - b / K)) ** m + b * b * X;
  return along + g * g * (Q ** m - lost * X) * written(pairs - 1 - m) + written(m);
}

/**
 * The delta rule, which is Rescorla and Wagner's.
 *
 * Source: theory.md 4.2 and 4.4 (conditioning), 2.4 (stability, exact with a decay: `g |1 - x| <= 1`), 1.4 (e)
 * (capacity; exact at any width, write strength and decay, where 1.4 (e) gives the limit at b = g = 1).
 */
export const deltaPredictions: Predictions = {
  conditioning: {
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
    'second-order': (s) => ({ V_B: share(s, learned(s, s.beta, s.first), 0, s.second) }),
    reversal: (s) => ({
      'V_A, first US': learned(s, s.beta, s.first) * (1 - s.beta) ** s.second,
      'V_A, second US': learned(s, s.beta, s.second),
    }),
    'spontaneous-recovery': recovery,
  },
  capacity: error,
  stability: (decay) => 1 + 1 / decay,
};
