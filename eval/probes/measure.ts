import type { Rng } from '../../src/core/rng.js';
import type { ProbeResult, ProbeSlice } from '../contract.js';
import { bootstrapRatios, pairedBootstrap, type Interval, type RatioSamples } from '../stats/bootstrap.js';

/** A part of a measurement: its samples, or those of two conditions to be compared. */
export interface Part {
  readonly name: string;
  readonly samples: RatioSamples;
  /** Subtracted from `samples`, sample by sample. */
  readonly minus?: RatioSamples;
}

interface MeasureOptions {
  readonly probe: string;
  readonly metric: string;
  readonly unit: string;
  readonly whole: Omit<Part, 'name'>;
  readonly parts?: readonly Part[];
  readonly baselines?: Readonly<Record<string, number>>;
  /** The stream of the probe; the metric derives its own from it. */
  readonly rng: Rng;
}

const NONE: Interval = { value: NaN, low: null, high: null };

/** Samples of one value each. */
export function valuesAsRatios(values: ArrayLike<number>): RatioSamples {
  return { numerators: values, denominators: new Float64Array(values.length).fill(1) };
}

/** Samples that take part. */
function countOf({ samples, minus }: Omit<Part, 'name'>): number {
  let count = 0;
  for (let i = 0; i < samples.denominators.length; i++) {
    if ((samples.denominators[i] ?? 0) > 0 && (minus?.denominators[i] ?? 1) > 0) count += 1;
  }
  return count;
}

/** Only the samples that take part, so that every resample has some. */
function present({ samples, minus }: Omit<Part, 'name'>): Omit<Part, 'name'> {
  const kept = Array.from(samples.denominators, (_, i) => i).filter(
    (i) => (samples.denominators[i] ?? 0) > 0 && (minus?.denominators[i] ?? 1) > 0,
  );
  const pick = (ratio: RatioSamples): RatioSamples => ({
    numerators: Float64Array.from(kept, (i) => ratio.numerators[i] ?? NaN),
    denominators: Float64Array.from(kept, (i) => ratio.denominators[i] ?? NaN),
  });
  return { samples: pick(samples), ...(minus && { minus: pick(minus) }) };
}

function intervalOf(part: Omit<Part, 'name'>, rng: Rng): Interval {
  const { samples, minus } = present(part);
  if (minus) return pairedBootstrap(samples, minus, { rng });
  return bootstrapRatios([samples], { rng })[0] ?? NONE;
}

/**
 * One measurement and its parts, each with a 95 % interval from resampling whole samples. Samples whose
 * denominator is 0 take no part; a part without any is left out.
 *
 * @throws ShapeError when no sample takes part in the whole.
 */
export function measure(options: MeasureOptions): ProbeResult {
  const { probe, metric, unit, whole, parts = [], baselines } = options;
  const rng = options.rng.derive(metric);
  const slices = parts.flatMap((part): ProbeSlice[] => {
    const n = countOf(part);
    return n === 0 ? [] : [{ name: part.name, ...intervalOf(part, rng.derive(part.name)), n }];
  });
  const all = intervalOf(whole, rng);
  return {
    probe,
    metric,
    ...all,
    unit,
    n: countOf(whole),
    slices,
    ...(baselines && { baselines }),
  };
}
