import type { TokenSet, ValidationBatch } from '../../data/index.js';
import type { ProbeSubject } from '../contract.js';
import type { RatioSamples } from '../stats/bootstrap.js';
import { tokenNats, type ScoredBatch } from './tokenNats.js';

/** Which parts the target at a place of the batch belongs to, as indices; none: it does not count. */
type PartsOf = (place: number) => readonly number[];

function addBatch(
  sums: readonly { readonly numerators: Float64Array; readonly denominators: Float64Array }[],
  { batch, nats }: ScoredBatch,
  partsOf: PartsOf,
): void {
  batch.lossMask.forEach((weight, place) => {
    if (weight === 0) return;
    const sequence = batch.stories[place] ?? -1;
    for (const part of partsOf(place)) {
      const { numerators = new Float64Array(), denominators = new Float64Array() } = sums[part] ?? {};
      numerators[sequence] = (numerators[sequence] ?? 0) + (nats[place] ?? NaN);
      denominators[sequence] = (denominators[sequence] ?? 0) + 1;
    }
  });
}

/**
 * Nats over targets of each of `count` parts, a sample a sequence of the set; a part is what `partsOf` of the batch
 * makes of the targets.
 *
 * Units: nats per token.
 * @throws NonFiniteError when the model has diverged.
 */
export async function partSums(
  subject: ProbeSubject,
  set: TokenSet,
  probe: string,
  count: number,
  partsOf: (batch: ValidationBatch) => PartsOf,
): Promise<readonly RatioSamples[]> {
  const column = (): Float64Array => new Float64Array(set.starts.length - 1);
  const sums = Array.from({ length: count }, () => ({ numerators: column(), denominators: column() }));
  for await (const scored of tokenNats(subject, set, probe)) addBatch(sums, scored, partsOf(scored.batch));
  return sums;
}
