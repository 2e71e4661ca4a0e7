import { fork, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { LostCell, TestResult, TrainResult, WorkerEntry } from './contract.js';
import type { Order, Report } from './messages.js';

export type Work = Extract<Order, { readonly type: 'work' }>;

/** How a piece of work ended; `undefined` when it was asked to stop. */
export type WorkResult = TrainResult | TestResult | undefined;

/** A process is replaced after so many pieces of work, so that what a runtime never gives back does not add up. */
const RUNS_A_PROCESS = 50;

/** Characters of the last output that are looked through for a reason. */
const TAIL = 4000;

/** The last line of a crash that says something. */
function lastWords(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !line.startsWith('at '));
  return said.findLast((line) => /error|abort|fail|fatal|memory/i.test(line)) ?? 'no message';
}

/** One process that works on one cell at a time. One that has died is started again for the next cell. */
export class ProcessWorker {
  private child: ChildProcess | undefined;
  private tail = '';
  private log: WriteStream | undefined;
  private runs = 0;

  constructor(private readonly entry: WorkerEntry) {}

  /** Runs a piece of work to its end, whatever that is. `lost` is true when the process itself died. */
  async run(
    work: Work,
    onProgress: (part: number) => void,
  ): Promise<{ readonly result: WorkResult; readonly died: boolean }> {
    this.log = createWriteStream(join(work.folder, 'log.txt'), { flags: 'a' });
    // A disk that takes no log takes no result either, and that is what is told.
    this.log.on('error', () => undefined);
    const child = this.start();
    try {
      return await this.follow(child, work, onProgress);
    } finally {
      this.log.end();
      this.log = undefined;
      if (++this.runs % RUNS_A_PROCESS === 0) await this.close();
    }
  }

  /** Asks for an early end of what is under way. */
  stop(): void {
    if (this.child?.connected === true) this.tell(this.child, { type: 'stop' });
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
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.tail = `${this.tail}${text}`.slice(-TAIL);
        this.log?.write(text);
      });
    }
    child.once('close', () => {
      if (this.child === child) this.child = undefined;
    });
    this.child = child;
    return child;
  }

  private follow(
    child: ChildProcess,
    work: Work,
    onProgress: (part: number) => void,
  ): Promise<{ readonly result: WorkResult; readonly died: boolean }> {
    this.tail = '';
    return new Promise((resolve) => {
      const finish = (result: WorkResult, died: boolean): void => {
        child.off('message', hear).off('close', close).off('error', fail);
        resolve({ result, died });
      };
      const hear = (report: Report): void => {
        if (report.type === 'progress') onProgress(report.part);
        else finish(report.type === 'end' ? report.result : undefined, false);
      };
      const close = (code: number | null, signal: NodeJS.Signals | null): void =>
        finish(this.crash(code, signal), true);
      const fail = (error: Error): void => {
        // An error while the process lives is one of its line; then it is of no use any more.
        if (!child.kill('SIGKILL')) finish({ status: 'failed', reason: error.message }, true);
      };
      child.on('message', hear).on('close', close).on('error', fail);
      this.tell(child, work);
    });
  }

  private tell(child: ChildProcess, order: Order): void {
    // A process that has just died says so by its end.
    child.send(order, () => undefined);
  }

  private crash(code: number | null, signal: NodeJS.Signals | null): LostCell {
    const how = signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`;
    const likely = signal === 'SIGKILL' ? '; the system may have been short of memory, try fewer --jobs' : '';
    const words = signal === 'SIGKILL' ? '' : `: ${lastWords(this.tail)}`;
    return { status: 'failed', reason: `the process of the cell ended with ${how}${words}${likely}` };
  }
}
