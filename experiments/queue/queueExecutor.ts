import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Job } from 'bullmq';
import { ConfigError } from '../../src/core/errors.js';
import { isObject } from '../../src/core/isObject.js';
import { plugInsOf } from '../../train/config/plugIns.js';
import type { Cell, CellExecutor, CellTask, TaskEnd } from '../grid/contract.js';
import { readJsonFile, saveResult, writeJsonFile } from '../grid/gridFolder.js';
import { buildOf } from './build.js';
import { KEEP, orderId, readAnswer, type CellAnswer, type CodeFile, type OpenQueue } from './job.js';
import { pushText } from './sharedText.js';
import { openServer, type QueueServer } from './server.js';
import {
  announce,
  needsOf,
  queueOf,
  whyNobody,
  workersHere,
  type Needs,
  type WorkerFacts,
} from './workers.js';

/** How the cells of a grid get to workers. */
export interface QueueOptions {
  /** `redis://host:6379`, or `rediss://` for TLS; may hold user and password. */
  readonly url: string;
  /** Whether texts go through the server as well. */
  readonly pushData: boolean;
  /** Hears what is waited for. */
  readonly onNote: (text: string) => void;
}

/** Orders of one caller that are on the server at a time: the rest waits here, so that the server does not grow. */
const MOST_ORDERS = 256;
/** Events tell at once what has changed; what they missed is found by looking, at so many orders so often. */
const LOOK_EVERY_MS = 3000;
const LOOK_AT = 64;

/** A task on the server. */
interface Placed {
  readonly task: CellTask;
  readonly urgent: boolean;
  readonly id: string;
  readonly needs: Needs;
  readonly code: readonly CodeFile[];
  readonly resolve: (end: TaskEnd) => void;
  readonly reject: (error: unknown) => void;
  begun: boolean;
}

type Waiting = Pick<Placed, 'task' | 'urgent' | 'resolve' | 'reject'>;

const placeFile = (folder: string): string => join(folder, 'place.json');

/** The worker that a cell was trained by, if its checkpoint is there alone. */
async function workerOf(folder: string): Promise<string | null> {
  const place = await readJsonFile(placeFile(folder));
  return isObject(place) && typeof place.on === 'string' ? place.on : null;
}

async function codeOf({ config }: Cell): Promise<readonly CodeFile[]> {
  return Promise.all(
    plugInsOf(config).map(async ({ kind, path, sha256 }) => {
      const text = await readFile(path, 'utf8');
      const got = createHash('sha256').update(text).digest('hex');
      if (got === sha256) return { sha256, name: basename(path), text };
      throw new ConfigError(
        `${kind} file ${path}: expected the content it had when the grid began, got another; restore it`,
      );
    }),
  );
}

/** A result that another attempt may change: it is not taken from the server, where it lies from before. */
const isFinal = ({ result, died }: CellAnswer): boolean => !died && result.status !== 'failed';

/** How an order has ended, by what was read of it: by the time that the server is asked for its state, that may be another. */
function endOf({ finishedOn, returnvalue }: Job): 'completed' | 'failed' | undefined {
  if (finishedOn === undefined) return undefined;
  return isObject(returnvalue) ? 'completed' : 'failed';
}

/** Cells by the workers of a queue, which can be asked for. */
export interface QueuedCells extends CellExecutor {
  /** The workers of this build that are connected. */
  workers(): Promise<readonly Pick<WorkerFacts, 'host' | 'jobs' | 'busy'>[]>;
}

class QueueExecutor implements QueuedCells {
  private readonly queues = new Map<string, OpenQueue>();
  private readonly waiting: Waiting[] = [];
  private readonly placed = new Map<string, Placed>();
  private readonly provided = new Map<string, Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private looking: Promise<void> = Promise.resolve();
  private stopped: Promise<void> | undefined;
  private placing = 0;
  private told = '';

  constructor(
    private readonly server: QueueServer,
    private readonly options: QueueOptions,
  ) {
    this.timer = setInterval(() => {
      this.looking = this.looking.then(() => this.look()).catch(() => undefined);
    }, LOOK_EVERY_MS);
  }

  submit(task: CellTask, { urgent = false } = {}): Promise<TaskEnd> {
    return new Promise((resolve, reject) => {
      this.waiting.splice(urgent ? 0 : this.waiting.length, 0, { task, urgent, resolve, reject });
      this.fill();
    });
  }

  async workers(): Promise<readonly WorkerFacts[]> {
    return (await workersHere(this.server)).filter(({ build }) => build === buildOf());
  }

  cancel(): void {
    const ends = [...this.waiting.splice(0), ...this.placed.values()];
    // What no worker has begun is taken back; who else waits for it puts it there again.
    const orders = [...this.placed.values()];
    this.placed.clear();
    for (const { resolve } of ends) resolve({ result: undefined, died: false });
    this.stopped ??= Promise.all(orders.map((order) => this.takeBack(order))).then(() => undefined);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.stopped;
    await this.looking;
    for (const { queue, events } of this.queues.values())
      await Promise.allSettled([queue.close(), events.close()]);
    this.server.close();
  }

  private fill(): void {
    if (this.stopped) {
      for (const { resolve } of this.waiting.splice(0)) resolve({ result: undefined, died: false });
      return;
    }
    while (this.placed.size + this.placing < MOST_ORDERS) {
      const next = this.waiting.shift();
      if (!next) return;
      this.placing++;
      void this.begin(next)
        .catch((error: unknown) => next.reject(error))
        .finally(() => {
          this.placing--;
          this.fill();
        });
    }
  }

  private async begin(waiting: Waiting): Promise<void> {
    const { task } = waiting;
    const needs = { ...needsOf(task.cell), on: task.stage === 'test' ? await workerOf(task.folder) : null };
    const order = { ...waiting, id: orderId(task), needs, code: await codeOf(task.cell), begun: false };
    if (this.stopped) return order.resolve({ result: undefined, died: false });
    this.placed.set(order.id, order);
    await this.place(order, true);
  }

  /** Lets workers know of a queue, and gives the server what they need for it. */
  private async provide(needs: Needs): Promise<void> {
    if (needs.text && this.options.pushData) await pushText(this.server, needs.text);
    await announce(this.server, needs);
  }

  /**
   * Puts an order where workers find it; one that is there already, from whatever caller, is shared. A server from which an
   * order has gone may have lost all else too.
   */
  private async place(order: Placed, isNew: boolean): Promise<void> {
    const name = queueOf(order.needs);
    const provided = (isNew ? this.provided.get(name) : undefined) ?? this.provide(order.needs);
    this.provided.set(name, provided);
    await provided;
    if (!this.placed.has(order.id)) return;
    const { queue } = this.queue(order.needs);
    const { task, id, code, urgent } = order;
    const there = (await queue.getJob(id)) as Job | undefined;
    const end = there && isNew ? endOf(there) : undefined;
    if (there && end !== undefined) {
      if (end === 'completed' && isFinal(readAnswer(task.stage, there.returnvalue, id)))
        return this.take(order, there);
      await there.remove();
    }
    const { stage, cell, threads } = task;
    const keep = { removeOnComplete: KEEP, removeOnFail: KEEP };
    await queue.add(stage, { stage, cell, threads, code }, { jobId: id, lifo: urgent, ...keep });
  }

  private queue(needs: Needs): OpenQueue {
    const name = queueOf(needs);
    const known = this.queues.get(name);
    if (known) return known;
    const { bullmq, options } = this.server;
    const queue = new bullmq.Queue(name, options);
    const events = new bullmq.QueueEvents(name, options);
    // What goes wrong with a connection is mended by another attempt.
    queue.on('error', () => undefined);
    events.on('error', () => undefined);
    const check = ({ jobId }: { readonly jobId: string }): void => void this.check(jobId);
    events.on('completed', check).on('failed', check);
    events.on('active', ({ jobId }) => this.tell(jobId, (order) => this.onBegin(order)));
    events.on('progress', ({ jobId, data }) => {
      const part = isObject(data) && typeof data.part === 'number' ? data.part : undefined;
      if (part !== undefined) this.tell(jobId, ({ task }) => task.onProgress({ part }));
    });
    const open = { queue, events };
    this.queues.set(name, open);
    return open;
  }

  private onBegin(order: Placed): void {
    if (!order.begun) order.task.onBegin();
    order.begun = true;
  }

  /** Tells the grid; what its listener throws ends the task. */
  private tell(id: string, how: (order: Placed) => void): void {
    const order = this.placed.get(id);
    if (!order) return;
    try {
      how(order);
    } catch (error) {
      this.placed.delete(id);
      order.reject(error);
    }
  }

  /** Looks at an order on the server. */
  private async check(id: string): Promise<void> {
    const order = this.placed.get(id);
    if (!order) return;
    try {
      const { queue } = this.queue(order.needs);
      const job = (await queue.getJob(id)) as Job | undefined;
      if (!job) return await this.place(order, false);
      const end = endOf(job);
      if (end === 'completed') return await this.take(order, job);
      if (end === 'failed') return this.giveUp(order, job.failedReason);
      if (job.processedOn !== undefined) this.tell(id, (one) => this.onBegin(one));
    } catch (error) {
      this.placed.delete(id);
      order.reject(error);
    }
  }

  /** What is said of an order that killed every worker it was given to, or that a worker could not read. */
  private giveUp({ task, id, resolve }: Placed, reason: string): void {
    if (!this.placed.delete(id)) return;
    const text = reason.includes('stalled') ? 'every worker that had it was lost' : reason;
    resolve({
      result: { status: 'failed', reason: `queue: ${text} (${task.stage})`, died: true },
      died: true,
    });
    this.fill();
  }

  private async take(order: Placed, job: Job): Promise<void> {
    const { task, id } = order;
    const { result, died, on } = readAnswer(task.stage, job.returnvalue, id);
    // An event and a look may find the same end: the first takes it.
    if (!this.placed.delete(id)) return;
    if (!died) await saveResult(task.stage, task.folder, result);
    if (task.stage === 'train' && on !== null) await writeJsonFile(placeFile(task.folder), { on });
    order.resolve({ result, died });
    this.fill();
  }

  private async takeBack({ needs, id }: Placed): Promise<void> {
    const job = (await this.queue(needs).queue.getJob(id)) as Job | undefined;
    // One that is under way cannot be removed: its result is there when the grid goes on.
    if (job && !(await job.isCompleted())) await job.remove().catch(() => undefined);
  }

  /** Finds what events have missed, orders for workers that are gone, and why nobody works. */
  private async look(): Promise<void> {
    const orders = [...this.placed.values()].slice(0, LOOK_AT);
    for (const order of orders) {
      await this.check(order.id);
      // The last of the next round.
      if (this.placed.delete(order.id)) this.placed.set(order.id, order);
    }
    const workers = await workersHere(this.server);
    const here = new Set(workers.map(({ id }) => id));
    for (const order of this.placed.values()) {
      if (order.needs.on !== null && !here.has(order.needs.on)) await this.moveOn(order);
    }
    this.explain(workers);
  }

  /** A cell whose worker is gone is tested by another, which trains it once more: the result is the same. */
  private async moveOn(order: Placed): Promise<void> {
    await this.takeBack(order);
    const moved = { ...order, needs: { ...order.needs, on: null } };
    if (!this.placed.has(order.id)) return;
    this.placed.set(order.id, moved);
    await this.place(moved, true);
  }

  private explain(workers: Awaited<ReturnType<typeof workersHere>>): void {
    const waits = [...this.placed.values()].filter(({ begun }) => !begun);
    const kinds = new Map(waits.map(({ needs }) => [queueOf(needs), needs]));
    const reasons = [...kinds.values()].flatMap((needs) => whyNobody(this.server, needs, workers) ?? []);
    const text = [...new Set(reasons)].join('\n');
    if (text !== '' && text !== this.told) this.options.onNote(text);
    this.told = text;
  }
}

/**
 * Runs cells by the workers of a queue: `pavlov worker`, on whatever machines. Results come back through the server.
 *
 * @throws ConfigError for a wrong address, packages that are not installed, or a server that does not answer.
 */
export async function queuedCells(options: QueueOptions): Promise<QueuedCells> {
  return new QueueExecutor(await openServer(options.url, options.onNote), options);
}
