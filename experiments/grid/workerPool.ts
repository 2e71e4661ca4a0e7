import { fork, type ChildProcess } from 'node:child_process';
import { createWriteStream, lstatSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../src/core/errors.js';
import { made, optionsCheck } from '../../src/core/options.js';
import { count } from '../../src/core/schema.js';
import type { CellExecutor, CellTask, LostCell, TaskEnd, WorkerEntry } from './contract.js';
import type { Order, Report } from './worker.js';

/** A process is replaced after so many pieces of work, so that what a runtime never gives back does not add up. */
const RUNS_PER_PROCESS = 50;

/** Characters of the last output that are searched for a reason. */
const TAIL = 4000;

/** The last line of a crash that says something. */
function lastWords(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !line.startsWith('at '));
  return said.findLast((line) => /error|abort|fail|fatal|memory/i.test(line)) ?? 'no message';
}

function crash(code: number | null, signal: NodeJS.Signals | null, tail: string): LostCell {
  const how = signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`;
  const why =
    signal === 'SIGKILL'
      ? '; the system may have been short of memory, try fewer --jobs'
      : `: ${lastWords(tail)}`;
  return { status: 'failed', reason: `the process of the cell ended with ${how}${why}`, died: true };
}

/** The log of a cell. @throws ConfigError where it is a link, as in a folder from elsewhere: it would be written through. */
function openLog(folder: string): WriteStream {
  const path = join(folder, 'log.txt');
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    throw new ConfigError(`${path}: expected a file that a grid wrote, got a link; delete it`);
  const log = createWriteStream(path, { flags: 'a' });
  // A disk that takes no log takes no result either, and that is what is reported.
  log.on('error', () => undefined);
  return log;
}

/** One process that works on one cell at a time. One that has died is started again for the next cell. */
class ProcessWorker {
  private child: ChildProcess | undefined;
  private onOutput: (text: string) => void = () => undefined;
  private runs = 0;

  constructor(private readonly entry: WorkerEntry) {}

  /** Runs a piece of work to its end, whatever that is. */
  async run(task: CellTask): Promise<TaskEnd> {
    const log = openLog(task.folder);
    let tail = '';
    this.onOutput = (text) => {
      tail = `${tail}${text}`.slice(-TAIL);
      log.write(text);
    };
    try {
      return await this.follow(this.start(), task, () => tail);
    } finally {
      this.onOutput = () => undefined;
      log.end();
      if (++this.runs % RUNS_PER_PROCESS === 0) await this.close();
    }
  }

  /** Asks for an early end of what is under way. */
  stop(): void {
    if (this.child?.connected === true) this.send(this.child, { type: 'stop' });
  }

  /** Ends the process whatever it is at, such as code of the user's own that never ends. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /** Ends the process, which must be idle. */
  async close(): Promise<void> {
    const { child } = this;
    if (child?.connected !== true) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.disconnect();
    await gone;
  }

  private start(): ChildProcess {
    if (this.child?.connected === true) return this.child;
    const child = fork(this.entry.file, [], {
      execArgv: [...(this.entry.execArgv ?? [])],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.onOutput(text));
    }
    child.once('close', () => {
      if (this.child === child) this.child = undefined;
    });
    this.child = child;
    return child;
  }

  private follow(child: ChildProcess, task: CellTask, tail: () => string): Promise<TaskEnd> {
    const { stage, cell, folder, threads, onProgress } = task;
    return new Promise((resolve) => {
      const finish = (result: TaskEnd['result'], died: boolean): void => {
        child.off('message', hear).off('close', close).off('error', fail);
        resolve({ result, died });
      };
      const hear = (report: Report): void => {
        if (report.type === 'progress') onProgress(report.progress);
        else finish(report.type === 'end' ? report.result : undefined, false);
      };
      const close = (code: number | null, signal: NodeJS.Signals | null): void =>
        finish(crash(code, signal, tail()), true);
      const fail = (error: Error): void => {
        // An error while the process lives is one of its channel; then it is of no use any more.
        if (!child.kill('SIGKILL')) finish({ status: 'failed', reason: error.message, died: true }, true);
      };
      child.on('message', hear).on('close', close).on('error', fail);
      this.send(child, { type: 'work', stage, cell, folder, threads });
    });
  }

  private send(child: ChildProcess, order: Order): void {
    // A process that has just died says so by its end.
    child.send(order, () => undefined);
  }
}

interface Waiting {
  readonly task: CellTask;
  readonly resolve: (end: TaskEnd) => void;
  readonly reject: (error: unknown) => void;
}

/** A fixed number of processes that take work in the order it comes, urgent work before the rest. */
class WorkerPool implements CellExecutor {
  private readonly idle: ProcessWorker[];
  private readonly busy = new Set<ProcessWorker>();
  private readonly waiting: Waiting[] = [];
  private stopped = false;

  constructor(entry: WorkerEntry, size: number) {
    this.idle = Array.from({ length: size }, () => new ProcessWorker(entry));
    process.on('exit', this.killBusy);
  }

  submit(task: CellTask, { urgent = false } = {}): Promise<TaskEnd> {
    return new Promise((resolve, reject) => {
      this.waiting.splice(urgent ? 0 : this.waiting.length, 0, { task, resolve, reject });
      this.next();
    });
  }

  cancel(): void {
    this.stopped = true;
    this.next();
    for (const worker of this.busy) worker.stop();
  }

  async close(): Promise<void> {
    process.off('exit', this.killBusy);
    await Promise.all(this.idle.map((worker) => worker.close()));
  }

  /** A grid that ends at once, as at a second Ctrl-C, leaves nothing running. */
  private readonly killBusy = (): void => {
    for (const worker of this.busy) worker.kill();
  };

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
      resolve(await worker.run(task));
    } catch (error) {
      reject(error);
    }
    this.busy.delete(worker);
    this.idle.push(worker);
    this.next();
  }
}

/** What local processes are made with. */
export interface LocalProcessOptions {
  /** The program that each of them runs. */
  readonly worker: WorkerEntry;
  /** How many there are. */
  readonly jobs: number;
}

const checkOptions = optionsCheck<LocalProcessOptions>({
  worker: made<WorkerEntry>('a program'),
  jobs: count,
});

/** Runs cells in processes of this machine, each of which works on one cell at a time. */
export function localProcesses(options: LocalProcessOptions): CellExecutor {
  const { worker, jobs } = checkOptions('localProcesses', options);
  return new WorkerPool(worker, jobs);
}
