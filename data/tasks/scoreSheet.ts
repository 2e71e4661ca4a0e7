import { ShapeError } from '../../src/core/errors.js';
import type { RightAnswer, SliceSpec } from './contract.js';
import type { TaskBatch } from './taskBatch.js';
import type { TaskSource } from './openTask.js';

/**
 * Scores added up by sample, for intervals over samples: the mean over all positions is sum(sums) / sum(counts).
 * Only samples with at least one such position are in it.
 */
export interface SampleSums {
  /** Which sample, counted from 0 in the order added. */
  readonly index: readonly number[];
  readonly sums: readonly number[];
  /** Scored positions. */
  readonly counts: readonly number[];
}

/** A mean over scored positions. */
export interface MeanScore {
  readonly mean: number;
  /** What knowing nothing is expected to score on the same positions, exactly. */
  readonly chance: number;
  /** Scored positions. */
  readonly n: number;
  readonly bySample: SampleSums;
}

/** A metric over all samples added, by slice, and for each sample (for intervals over samples). */
export interface MetricScore extends MeanScore {
  readonly slices: Readonly<Record<string, Readonly<Record<string, MeanScore>>>>;
  /** The mean of each sample that scores at least one position, in the order added. */
  readonly samples: readonly number[];
}

class Tally {
  private sum = 0;
  private chanceSum = 0;
  private n = 0;
  private readonly index: number[] = [];
  private readonly sums: number[] = [];
  private readonly counts: number[] = [];

  /** Adds one position of a sample; those of a sample come one after the other. */
  add(score: number, chance: number, sample: number): void {
    if (this.index.at(-1) !== sample) {
      this.index.push(sample);
      this.sums.push(0);
      this.counts.push(0);
    }
    const last = this.index.length - 1;
    this.sums[last] = (this.sums[last] ?? 0) + score;
    this.counts[last] = (this.counts[last] ?? 0) + 1;
    this.sum += score;
    this.chanceSum += chance;
    this.n++;
  }

  get score(): MeanScore {
    const { sum, chanceSum, n, index, sums, counts } = this;
    return { mean: sum / n, chance: chanceSum / n, n, bySample: { index, sums, counts } };
  }
}

/** How a value of a slice is told: by itself, or the octave it is in, such as `4-7`. */
export function sliceLabel(spec: SliceSpec, value: number): string {
  if (spec.by === 'value' || value < 2) return String(value);
  const low = 2 ** Math.floor(Math.log2(value));
  return `${low}-${2 * low - 1}`;
}

class MetricSheet {
  private readonly total = new Tally();
  private readonly slices = new Map<string, Map<string, Tally>>();
  private readonly samples: number[] = [];

  add(score: number, chance: number, sample: number, labels: ReadonlyMap<string, string>): void {
    this.total.add(score, chance, sample);
    for (const [slice, label] of labels) {
      const bins = this.slices.get(slice) ?? new Map<string, Tally>();
      const bin = bins.get(label) ?? new Tally();
      bin.add(score, chance, sample);
      this.slices.set(slice, bins.set(label, bin));
    }
  }

  addSample(mean: number): void {
    this.samples.push(mean);
  }

  get score(): MetricScore {
    const tell = (bins: ReadonlyMap<string, Tally>): Record<string, MeanScore> =>
      Object.fromEntries(
        [...bins]
          .sort(([a], [b]) => parseInt(a, 10) - parseInt(b, 10))
          .map(([label, bin]) => [label, bin.score]),
      );
    const slices = Object.fromEntries([...this.slices].map(([slice, bins]) => [slice, tell(bins)]));
    return { ...this.total.score, slices, samples: this.samples };
  }
}

/** Scores of a model on a task: add the predictions of each batch, then read the result. */
export class ScoreSheet {
  private readonly sheets: ReadonlyMap<string, MetricSheet>;
  private added = 0;

  constructor(private readonly source: TaskSource) {
    this.sheets = new Map(source.metrics.map((metric) => [metric.name, new MetricSheet()]));
  }

  /** Numbers per scored position: classes, or 1 for real outputs. */
  private get size(): number {
    const { outputs } = this.source.shape;
    return outputs.kind === 'classes' ? outputs.classes : 1;
  }

  /**
   * Adds the predictions for the scored positions of a batch: scores by class
   * [batchSize * perSequence, classes], or numbers [batchSize * perSequence]; those for padding are not read.
   *
   * @throws ShapeError when there are more or fewer; NonFiniteError when one is NaN.
   */
  add(batch: TaskBatch, predictions: Float32Array): void {
    const expected = batch.scored.positions.length * this.size;
    if (predictions.length !== expected)
      throw new ShapeError(
        `ScoreSheet.add: expected ${expected} predictions (${batch.scored.positions.length} positions of ${this.size}), ` +
          `got ${predictions.length}; give those of the scored positions, in order`,
      );
    for (let row = 0; row < batch.batchSize; row++) {
      this.addRow(batch, predictions, row);
      this.added++;
    }
  }

  private addRow({ scored }: TaskBatch, predictions: Float32Array, row: number): void {
    const start = row * scored.perSequence;
    const places = Array.from({ length: scored.perSequence }, (_, s) => start + s).filter(
      (i) => scored.mask[i] === 1,
    );
    for (const metric of this.source.metrics) {
      let sum = 0;
      for (const i of places) {
        const right: RightAnswer = {
          target: scored.targets[i] ?? NaN,
          accepted: scored.accepted[i] ?? new Int32Array(0),
        };
        const score = metric.of(predictions.subarray(i * this.size, (i + 1) * this.size), right);
        sum += score;
        this.sheets
          .get(metric.name)
          ?.add(score, metric.chance(right, this.source.shape), this.added, this.labels(scored.slices, i));
      }
      if (places.length > 0) this.sheets.get(metric.name)?.addSample(sum / places.length);
    }
  }

  private labels(slices: Readonly<Record<string, Int32Array>>, i: number): ReadonlyMap<string, string> {
    const specs = Object.entries(this.source.task.slices);
    return new Map(specs.map(([name, spec]) => [name, sliceLabel(spec, slices[name]?.[i] ?? 0)]));
  }

  /** The scores so far, by metric. Means are NaN before anything was added. */
  get result(): Readonly<Record<string, MetricScore>> {
    return Object.fromEntries([...this.sheets].map(([name, sheet]) => [name, sheet.score]));
  }
}
