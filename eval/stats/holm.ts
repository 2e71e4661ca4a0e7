/**
 * P values that keep the chance of any false positive among all of them at the level, whatever their dependence.
 *
 *   sorted p_1 <= ... <= p_m:   adjusted_i = max over j <= i of min(1, (m - j + 1) p_j)
 *
 * In the order given. Compare with the level as they are.
 * Source: Holm 1979, Scand. J. Stat. 6:65.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, place) => ({ p, place })).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let least = 0;
  for (const [rank, { p, place }] of order.entries()) {
    least = Math.max(least, Math.min(1, (pValues.length - rank) * p));
    adjusted[place] = least;
  }
  return adjusted;
}
