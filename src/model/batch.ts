import { ConfigError } from '../core/errors.js';
import { tf } from '../core/tf.js';
import type { Engine } from '../engine/engine.js';
import { Decoder, mostRows } from './decode.js';
import type { DrawOptions } from './draw.js';
import type { Model } from './model.js';
import { PromptLane } from './promptLane.js';
import { Sampler } from './sample.js';

/** A text to go on with beside others. */
export interface BatchRequest extends DrawOptions {
  /** Hears each id drawn, the end of text included. */
  readonly onToken: (id: number) => void;
}

export interface BatchOptions {
  /** Most texts that are written at once; more wait their turn. */
  readonly rows: number;
  /** Tokens that a mixer that keeps tokens keeps of one text; other mixers ignore it. Default 1024. */
  readonly cacheLength?: number;
}

/** A request that was made, until it is settled. */
interface Job extends BatchRequest {
  readonly sampler: Sampler;
  readonly settle: (error?: Error) => void;
  /** Ids drawn. */
  drawn: number;
  /** Ids of the context that were read. */
  read: number;
  last: number;
}

/** Tokens of a long prompt. */
const LONG = 1024;

/** Tokens of prompts that are read between two steps of the texts under way. */
const TURN = 64;

/** Rows of the smallest batch: they cost what one costs. */
const FEWEST = 4;

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('decoding failed', { cause: error });
}

/**
 * Writes several texts together: one step of the model gives each of them its next token. Texts begin and end
 * independently, as many as there are rows at a time, the others in the order of their requests. While one reads its
 * prompt, piece by piece, the others go on.
 *
 * Each text is what it would be alone with the same stream, but for rounding in the products of larger batches.
 */
export class BatchDecoder {
  /** Of short prompts and of long ones, which would keep the short ones waiting. */
  private readonly lanes: readonly [PromptLane<Job>, PromptLane<Job>];
  /** By number of rows. */
  private readonly decoders = new Map<number, Decoder>();
  /** Texts at once. */
  private readonly most: number;
  /** The rows of the batch now. */
  private rows: (Job | undefined)[] = [];
  /** Of the last token of each row. */
  private logits: Float32Array = new Float32Array();
  private running: Promise<void> | undefined;

  /** @throws ConfigError when the cache of a model that keeps tokens would take more than 1 GiB. */
  constructor(
    private readonly engine: Engine,
    private readonly model: Model,
    private readonly options: BatchOptions,
  ) {
    this.lanes = [new PromptLane(this.create(1)), new PromptLane(this.create(1))];
    const { rows, cacheLength } = options;
    this.most = Math.min(rows, mostRows(model, cacheLength));
  }

  /** Texts under way, those that wait included, but for those whose signal was aborted. */
  get size(): number {
    return this.jobs.filter(({ signal }) => signal?.aborted !== true).length;
  }

  /**
   * Writes a text; ends when it is written or its signal was aborted.
   *
   * @throws ConfigError for a sampling option out of range, and for more tokens than a layer that keeps tokens keeps.
   */
  write(request: BatchRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        if (error === undefined) resolve();
        else reject(error);
      };
      const { sampling, context, endOfText, tokens } = request;
      const { limit } = this.lanes[0].decoder;
      const length = context.length + tokens - 1;
      if (length > limit) {
        throw new ConfigError(
          `decoding: expected at most ${limit} tokens, prompt included, got ${length}; ask for fewer tokens, or for a longer cache`,
        );
      }
      const sampler = new Sampler(sampling);
      sampler.read(context.filter((id) => id !== endOfText));
      const lane = this.lanes[context.length > LONG ? 1 : 0];
      lane.waiting.push({ ...request, sampler, settle, drawn: 0, read: 0, last: 0 });
      this.running ??= this.run();
    });
  }

  /** Releases the decoders, when what is under way has ended. */
  async dispose(): Promise<void> {
    await this.running;
    const readers = this.lanes.map(({ decoder }) => decoder);
    for (const decoder of [...readers, ...this.decoders.values()]) await decoder.dispose();
  }

  private get jobs(): Job[] {
    return [...this.active, ...this.lanes.flatMap(({ waiting }) => waiting)];
  }

  private get active(): Job[] {
    return this.rows.filter((job) => job !== undefined);
  }

  private create(rows: number): Decoder {
    const { cacheLength } = this.options;
    return Decoder.create(this.engine, this.model, rows, cacheLength === undefined ? {} : { cacheLength });
  }

  private async run(): Promise<void> {
    while (this.jobs.length > 0) {
      try {
        for (const lane of this.lanes) await this.readPrompts(lane);
        await this.step();
        await tf.nextFrame(); // an engine that never waits would let nobody else have a turn
      } catch (error) {
        for (const job of [...this.active, ...this.lanes.flatMap((lane) => lane.clear())])
          job.settle(asError(error));
        this.rows = [];
      }
    }
    this.running = undefined;
  }

  /** Reads some tokens of the prompts that wait, as far as there are rows, and gives a row to each that was read. */
  private async readPrompts(lane: PromptLane<Job>): Promise<void> {
    let left = TURN;
    while (left > 0) {
      const [job] = lane.waiting;
      if (!job || this.active.length >= this.most) return;
      const isOver = job.signal?.aborted === true;
      const { tokens, logits } = isOver ? { tokens: 0 } : await lane.read(job);
      left -= tokens;
      if (!isOver && !logits) continue;
      const group = logits ? lane.first(this.most - this.active.length) : [job];
      const begun = logits ? group.filter((one) => !one.signal?.aborted && this.draw(one, logits)) : [];
      if (begun.length > 0) await this.place(begun, lane.decoder);
      lane.waiting.splice(0, group.length);
      for (const one of group) if (!begun.includes(one)) one.settle();
    }
  }

  /** Draws the next token of a text; false when that was its last, or it cannot go on. */
  private draw(job: Job, logits: Float32Array): boolean {
    try {
      job.last = job.sampler.draw(logits, job.rng);
      job.drawn++;
      job.onToken(job.last);
    } catch (error) {
      job.settle(asError(error));
      return false;
    }
    return job.last !== job.endOfText && job.drawn < job.tokens;
  }

  private decoderOf(size: number): Decoder {
    const known = this.decoders.get(size) ?? this.create(size);
    this.decoders.set(size, known);
    return known;
  }

  /** Gives texts whose prompt was read rows, in a larger batch if there are too few. */
  private async place(jobs: readonly Job[], reader: Decoder): Promise<void> {
    const count = this.active.length + jobs.length;
    if (count > this.rows.length) await this.resize(this.sizeFor(count));
    const places = this.rows.map((other, i) => (other ? 1 + i : -1));
    for (const job of jobs) {
      const row = this.rows.indexOf(undefined);
      this.rows[row] = job;
      places[row] = 0;
    }
    await this.decoderOf(this.rows.length).take(reader, places);
  }

  /** A size of batch for that many texts; a power of 2 or the largest, so that there are few. */
  private sizeFor(count: number): number {
    return Math.min(this.most, Math.max(FEWEST, 2 ** Math.ceil(Math.log2(count))));
  }

  /** Moves all texts into a batch of another size. */
  private async resize(size: number): Promise<void> {
    const places = this.rows.flatMap((job, i) => (job ? [i] : []));
    const rows = places.map((i) => this.rows[i]);
    const empty = Array<undefined>(size - rows.length).fill(undefined);
    if (rows.length > 0) {
      const from = this.decoderOf(this.rows.length);
      await this.decoderOf(size).take(from, [...places, ...empty.map(() => -1)]);
    }
    this.rows = [...rows, ...empty];
  }

  /** The next token of every text. */
  private async step(): Promise<void> {
    this.rows = this.rows.map((job, i) => {
      if (job?.signal?.aborted !== true) return job;
      this.end(job, i);
      return undefined;
    });
    const count = this.active.length;
    if (count === 0) return;
    const enough = this.sizeFor(2 * count);
    if (4 * count <= this.rows.length && enough < this.rows.length) await this.resize(enough);
    const ids = Int32Array.from(this.rows, (job) => job?.last ?? 0);
    const V = this.model.vocabularySize;
    const size = this.rows.length * V;
    if (this.logits.length !== size) this.logits = new Float32Array(size);
    const logits = await this.decoderOf(this.rows.length).next(ids, this.logits);
    this.rows = this.rows.map((job, i) => {
      if (!job || this.draw(job, logits.subarray(i * V, (i + 1) * V))) return job;
      this.end(job, i);
      return undefined;
    });
  }

  private end(job: Job, row: number): void {
    this.decoderOf(this.rows.length).free(row);
    job.settle();
  }
}
