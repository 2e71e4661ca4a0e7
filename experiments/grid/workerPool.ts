import type { WorkerEntry } from './contract.js';
import { ProcessWorker, type Work, type WorkResult } from './processWorker.js';

/** What a pool says of one piece of work. */
export interface PoolTask {
  readonly work: Work;
  readonly onBegin: () => void;
  readonly onProgress: (part: number) => void;
}

/** How it ended: `undefined` when it was stopped or never begun. */
export interface PoolResult {
  readonly result: WorkResult;
  /** Whether its process died, and so kept no result itself. */
  readonly died: boolean;
}

interface Waiting {
  readonly task: PoolTask;
  readonly resolve: (result: PoolResult) => void;
  readonly reject: (error: unknown) => void;
}

/** A fixed number of processes that take work in the order it comes, urgent work before the rest. */
export class WorkerPool {
  private readonly idle: ProcessWorker[];
  private readonly busy = new Set<ProcessWorker>();
  private readonly waiting: Waiting[] = [];
  private stopped = false;

  constructor(entry: WorkerEntry, size: number) {
    this.idle = Array.from({ length: size }, () => new ProcessWorker(entry));
  }

  /** Runs a piece of work when a process is free. */
  run(task: PoolTask, { urgent = false } = {}): Promise<PoolResult> {
    return new Promise((resolve, reject) => {
      const place = urgent ? 0 : this.waiting.length;
      this.waiting.splice(place, 0, { task, resolve, reject });
      this.next();
    });
  }

  /** Drops what waits and asks what is under way to save and end. */
  stop(): void {
    this.stopped = true;
    this.next();
    for (const worker of this.busy) worker.stop();
  }

  /** Ends all processes; nothing may be under way. */
  async close(): Promise<void> {
    await Promise.all(this.idle.map((worker) => worker.close()));
  }

  private next(): void {
    if (this.stopped) {
      for (const { resolve } of this.waiting.splice(0)) resolve({ result: undefined, died: false });
      return;
    }
    const worker = this.idle.at(-1);
    const job = worker && this.waiting.shift();
    if (!worker || !job) return;
    this.idle.pop();
    this.busy.add(worker);
    void this.work(worker, job);
  }

  private async work(worker: ProcessWorker, { task, resolve, reject }: Waiting): Promise<void> {
    try {
      task.onBegin();
      resolve(await worker.run(task.work, task.onProgress));
    } catch (error) {
      reject(error);
    }
    this.busy.delete(worker);
    this.idle.push(worker);
    this.next();
  }
}
