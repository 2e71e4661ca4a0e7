import type { CapacityCase, Predictions } from './contract.js';
import { deltaConditioning } from './deltaConditioning.js';
import { geometric } from './series.js';

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
 * Source: docs/theory.md 4.2 and 4.4 (conditioning), 2.4 (stability, exact with a decay: `g |1 - x| <= 1`), 1.4 (e)
 * (capacity; exact at any width, write strength and decay).
 */
export const deltaPredictions: Predictions = {
  conditioning: deltaConditioning,
  capacity: error,
  stability: (decay) => 1 + 1 / decay,
};
