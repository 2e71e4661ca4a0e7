import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Job, Worker } from 'bullmq';
import { makeFolder } from '../../src/core/atomicFile.js';
import { ConfigError } from '../../src/core/errors.js';
import { isObject } from '../../src/core/isObject.js';
import { reasonOf } from '../../src/core/text.js';
import { monotonicClock } from '../../train/clock.js';
import { plugInsOf } from '../../train/config/plugIns.js';
import { takeAttempt, type Attempt } from '../grid/attempt.js';
import { cellHash } from '../grid/cellHash.js';
import type { Cell, CellExecutor, StageResult, TaskEnd } from '../grid/contract.js';
import { loadTrainResult, readJsonFile, writeJsonFile } from '../grid/gridFolder.js';
import { readOrder, type CellAnswer, type CellOrder } from './job.js';
import { findText } from './sharedText.js';
import type { QueueServer } from './server.js';
import { announced, queueOf, sayGone, sayHere, type Needs } from './workers.js';
import { buildOf } from './build.js';

/** How a worker of a queue works. */
export interface QueueWorkerOptions {
  /** Its own: checkpoints, texts, code. */
  readonly folder: string;
  /** Cells at a time, in processes of this machine. */
  readonly jobs: number;
  readonly executor: CellExecutor;
  /** Folder that workers share, for the checkpoints. */
  readonly shared?: string;
  readonly allowCode: boolean;
  /** A worker that says nothing for so long loses its cells to others, in milliseconds. */
  readonly leaseMs: number;
  readonly signal: AbortSignal;
  readonly onNote: (text: string) => void;
}

const LOOK_EVERY_MS = 2000;
/** A text that is missing may have been copied meanwhile. */
const LOOK_FOR_TEXT_MS = 20_000;
const PROGRESS_EVERY_MS = 2000;
/** A cell that so many workers were lost with is given up: it may be what loses them. */
const MOST_STALLS = 3;

/** Name of a worker, the same as long as it has its folder. */
async function nameIn(folder: string): Promise<string> {
  const path = join(folder, 'worker.json');
  const saved = await readJsonFile(path);
  if (isObject(saved) && typeof saved.id === 'string') return saved.id;
  const id = randomUUID();
  await writeJsonFile(path, { id });
  return id;
}

class QueueWorker {
  private readonly takers = new Map<string, Worker>();
  private readonly lacks = new Map<string, { readonly reason: string; readonly looks: number }>();
  /** Where texts are, by fingerprint. */
  private readonly texts = new Map<string, string>();
  /** Cells under way: one that was given back and comes again is the same work. */
  private readonly running = new Map<string, Promise<TaskEnd>>();
  private looks = 0;

  constructor(
    private readonly server: QueueServer,
    private readonly id: string,
    private readonly options: QueueWorkerOptions,
  ) {}

  async serve(): Promise<void> {
    const { executor, leaseMs } = this.options;
    this.take({ code: false, text: null, on: null });
    this.take({ code: false, text: null, on: this.id });
    // To look at a text may take long, so that the worker says apart from it that it is here.
    await Promise.all([
      this.again(() => this.look(), LOOK_EVERY_MS),
      this.again(() => this.beat(), Math.min(LOOK_EVERY_MS, leaseMs / 3)),
    ]);
    executor.cancel();
    await Promise.allSettled([...this.takers.values()].map((taker) => taker.close()));
    await sayGone(this.server, this.id);
  }

  /** Does something again and again until the worker is to end. */
  private async again(what: () => Promise<void>, everyMs: number): Promise<void> {
    const { signal, onNote } = this.options;
    while (!signal.aborted) {
      await what().catch((error: unknown) => onNote(`queue: ${reasonOf(error)}`));
      await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Looks for queues that this worker can take from. */
  private async look(): Promise<void> {
    this.looks++;
    for (const [queue, needs] of await announced(this.server)) {
      if (this.takers.has(queue) || (needs.on !== null && needs.on !== this.id)) continue;
      const lack = this.lacks.get(queue);
      if (lack && (this.looks - lack.looks) * LOOK_EVERY_MS < LOOK_FOR_TEXT_MS) continue;
      const reason = await this.lackOf(needs);
      if (reason === undefined) this.take(needs);
      else this.lacks.set(queue, { reason, looks: this.looks });
      if (reason !== undefined && reason !== lack?.reason) this.options.onNote(`this worker ${reason}`);
    }
  }

  private async beat(): Promise<void> {
    const { jobs, allowCode: allowsCode, shared = null, leaseMs } = this.options;
    const facts = {
      id: this.id,
      host: hostname(),
      build: buildOf(),
      jobs,
      allowsCode,
      shared,
      busy: this.running.size,
      takes: [...this.takers.keys()],
      lacks: Object.fromEntries([...this.lacks].map(([queue, { reason }]) => [queue, reason])),
    };
    await sayHere(this.server, facts, leaseMs);
  }

  private async lackOf({ code, text }: Needs): Promise<string | undefined> {
    if (code && !this.options.allowCode)
      return 'was started without --allow-code, and the cells run code of whoever sends them';
    if (!text) return undefined;
    const found = await findText(this.server, text, this.options.folder);
    if ('lacks' in found) return found.lacks;
    this.texts.set(text.fingerprint, found.source);
    return undefined;
  }

  private take(needs: Needs): void {
    const { bullmq, options } = this.server;
    const { jobs, leaseMs, onNote } = this.options;
    const queue = queueOf(needs);
    this.lacks.delete(queue);
    const taker = new bullmq.Worker(queue, async (job, token) => this.run(job, token ?? ''), {
      ...options,
      concurrency: jobs,
      lockDuration: leaseMs,
      stalledInterval: leaseMs / 2,
      maxStalledCount: MOST_STALLS,
      runRetryDelay: 500,
      drainDelay: 2,
    });
    taker.on('error', (error) => {
      // Of a cell that was given to another meanwhile; a server that is away says so elsewhere.
      if (/lock/i.test(error.message)) onNote(`queue: a result came too late: ${error.message}`);
    });
    taker.on('lockRenewalFailed', (ids) => {
      onNote(`queue: lost ${ids.join(', ')} to others`);
      // In a folder of its own a cell goes on, in case it comes back; in a shared one it has been moved away.
      if (this.options.shared !== undefined) for (const id of ids) this.running.delete(id);
    });
    this.takers.set(queue, taker);
  }

  /** One order, to an answer that the server takes only while the order is this worker's. */
  private async run(job: Job, token: string): Promise<CellAnswer> {
    const id = job.id ?? '';
    const order = readOrder(job.data);
    const running = this.running.get(id) ?? this.work(order, job);
    this.running.set(id, running);
    const { result, died } = await running.finally(() => {
      if (this.running.get(id) === running) this.running.delete(id);
    });
    if (result === undefined) {
      await job.moveToWait(token);
      throw new this.server.bullmq.WaitingError();
    }
    return { result, died, on: this.options.shared === undefined ? this.id : null };
  }

  private async work(order: CellOrder, job: Job): Promise<TaskEnd> {
    const { folder, shared, leaseMs } = this.options;
    const name = cellHash(order.cell);
    const cell = await this.cellHere(order);
    let attempt: Attempt | undefined;
    try {
      if (shared !== undefined) {
        const holder = `worker ${this.id} on ${hostname()}`;
        attempt = await takeAttempt(join(shared, 'cells', name), { holder, staleMs: leaseMs, isGiven: true });
      }
      const here = attempt?.folder ?? join(folder, 'cells', name);
      await makeFolder(here);
      return await this.stages({ ...order, cell }, here, job);
    } finally {
      await attempt?.end();
    }
  }

  /** The stage that is asked for, after the training where that is not here. */
  private async stages(order: CellOrder, folder: string, job: Job): Promise<TaskEnd> {
    const before = await loadTrainResult(folder);
    const done = (result: StageResult): TaskEnd => ({ result, died: false });
    if (order.stage === 'train')
      return before && before.status !== 'failed' ? done(before) : this.stage(order, folder, job);
    if (before?.status !== 'done') {
      const trained = await this.stage({ ...order, stage: 'train' }, folder, job);
      if (trained.result?.status !== 'done') return trained;
    }
    return this.stage(order, folder, job);
  }

  private stage({ stage, cell, threads }: CellOrder, folder: string, job: Job): Promise<TaskEnd> {
    let sentAt = -Infinity;
    return this.options.executor.submit(
      {
        stage,
        cell,
        folder,
        threads,
        onBegin: () => undefined,
        onProgress: ({ part }) => {
          if (monotonicClock() - sentAt < PROGRESS_EVERY_MS) return;
          sentAt = monotonicClock();
          void job.updateProgress({ part }).catch(() => undefined);
        },
      },
      { urgent: stage === 'test' },
    );
  }

  /** A cell whose config names files of this machine. */
  private async cellHere({ cell, code }: CellOrder): Promise<Cell> {
    const { config, text } = cell;
    const plugIns = [];
    for (const plugIn of plugInsOf(config)) {
      const file = code.find(({ sha256 }) => sha256 === plugIn.sha256);
      if (!this.options.allowCode || !file || !/^[\w.-]+$/.test(file.name))
        throw new ConfigError(`queue: expected the text of ${plugIn.path} and a worker with --allow-code`);
      const folder = join(this.options.folder, 'code', file.sha256);
      await makeFolder(folder);
      const path = join(folder, file.name);
      await writeFile(path, file.text);
      plugIns.push({ ...plugIn, path });
    }
    const source = text === undefined ? undefined : this.texts.get(text);
    const data = isObject(config.data) && source !== undefined ? { data: { ...config.data, source } } : {};
    return { ...cell, config: { ...config, ...data, ...(plugIns.length > 0 && { plugIns }) } };
  }
}

/** Takes cells from a server and runs them until the signal is aborted; what is under way then is saved and given back. */
export async function serveQueue(server: QueueServer, options: QueueWorkerOptions): Promise<void> {
  await makeFolder(options.folder);
  const worker = new QueueWorker(server, await nameIn(options.folder), options);
  await worker.serve();
}
