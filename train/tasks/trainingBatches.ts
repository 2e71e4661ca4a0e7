import { batchOfSamples, type TaskBatch, type TaskSample } from '../../data/index.js';
import { Rng } from '../../src/core/rng.js';
import type { BatchSource } from '../job.js';
import { openParts, type OpenPart } from './parts.js';
import type { TaskRunConfig } from './schema.js';

/** Keeps the samples of parts with the same settings apart. */
const PART_STRIDE = 2 ** 40;

/** Where the samples of one part come from, one after the other. */
interface SampleStream {
  at(k: number): TaskSample;
}

function freshSamples({ source }: OpenPart, part: number): SampleStream {
  return { at: (k) => source.sample('train', part * PART_STRIDE + k) };
}

/** The same samples every epoch, in an order of its own; each is made once and kept. */
function repeatedSamples({ source, samples }: OpenPart, part: number, rng: Rng): SampleStream {
  const made: (TaskSample | undefined)[] = [];
  let epoch = -1;
  let order = new Int32Array(0);
  return {
    at: (k) => {
      if (Math.floor(k / samples) !== epoch) {
        epoch = Math.floor(k / samples);
        order = rng.derive('epoch', epoch).shuffle(Int32Array.from({ length: samples }, (_, i) => i));
      }
      const index = order[k % samples] ?? 0;
      return (made[index] ??= source.sample('train', part * PART_STRIDE + index));
    },
  };
}

/**
 * The training batches of a config: which, depends on the number of batches before and nothing else.
 *
 * Every batch is of one part; parts take turns so that after any number of them each has had its share of them,
 * rounded. Fresh samples are never repeated; a finite set is gone through in a new order each epoch.
 */
export class TrainingBatches implements BatchSource<TaskBatch> {
  private readonly parts: readonly OpenPart[];
  private readonly streams: readonly SampleStream[];
  private readonly shares: readonly number[];
  private readonly taken: number[];
  /** Batches taken so far. */
  private count = 0;

  constructor(private readonly config: TaskRunConfig) {
    const rng = Rng.fromSeed(config.seed).derive('task order');
    this.parts = openParts(config, 'train');
    this.streams = this.parts.map((part, i) =>
      config.train.epochs === null ? freshSamples(part, i) : repeatedSamples(part, i, rng.derive(i)),
    );
    const all = this.parts.reduce((sum, { samples }) => sum + samples, 0);
    this.shares = this.parts.map(({ samples }) => samples / all);
    this.taken = this.parts.map(() => 0);
  }

  /** Batches taken so far, which is all that decides how it goes on. */
  get state(): number {
    return this.count;
  }

  /** Goes on after so many batches. */
  skipTo(count: number): void {
    while (this.count < count) this.nextPart();
  }

  next(): TaskBatch {
    const part = this.nextPart();
    const { batchSize: rows } = this.config.train;
    const [open, stream] = [this.parts[part], this.streams[part]];
    if (!open || !stream) throw new Error(`tasks: expected part ${part}, got none`);
    const first = ((this.taken[part] ?? 0) - 1) * rows;
    return batchOfSamples(
      open.source,
      Array.from({ length: rows }, (_, row) => stream.at(first + row)),
    );
  }

  /** The part that is furthest behind its share. */
  private nextPart(): number {
    const behind = this.shares.map((share, i) => share * (this.count + 1) - (this.taken[i] ?? 0));
    const part = behind.indexOf(Math.max(...behind));
    this.taken[part] = (this.taken[part] ?? 0) + 1;
    this.count++;
    return part;
  }
}
