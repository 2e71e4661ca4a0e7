/**
 * Probability that a standard normal is at most x.
 *
 *   Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/(3 5) + ...)   for |x| < 4
 *   Phi(-x) = phi(x) / (x + 1/(x + 2/(x + 3/(x + ...))))   beyond
 *
 * Error below 1e-14 absolute.
 * Source: Marsaglia 2004, Evaluating the Normal Distribution, J. Stat. Software 11(4); the tail is Laplace's
 * continued fraction.
 */
export function normalCdf(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) < 4) {
    let [sum, term] = [x, x];
    for (let i = 3; Math.abs(term) > 1e-17; i += 2) {
      term *= (x * x) / i;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  let fraction = Math.abs(x);
  for (let i = 60; i > 0; i--) fraction = Math.abs(x) + i / fraction;
  return x < 0 ? density / fraction : 1 - density / fraction;
}

/**
 * The x with `normalCdf(x) = probability`, by bisection; infinite at 0 and 1.
 *
 * Error below 1e-12 within 8 standard deviations, beyond which the result stays at 8.
 */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return -Infinity;
  if (probability >= 1) return Infinity;
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
