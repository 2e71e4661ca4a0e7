import { ConfigError, NonFiniteError } from '../../src/core/errors.js';
import type { Clock } from '../../train/clock.js';
import type { RuleLoader } from '../../train/config/ruleFile.js';
import { cellKind } from './cellKinds.js';
import type { CellContext, CellKind, LostCell, TestResult, TrainResult } from './contract.js';
import { lockCell, saveTestResult, saveTrainResult } from './gridFolder.js';
import type { Order, WorkerPort } from './messages.js';

type Work = Extract<Order, { readonly type: 'work' }>;

/** Progress is told at most this often, in milliseconds. */
const TELL_EVERY_MS = 200;

/** What went wrong, without the place where it happened to run. */
function lost(error: unknown, folder: string): LostCell {
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: error instanceof NonFiniteError ? 'diverged' : 'failed',
    reason: message.replaceAll(folder, '.'),
  };
}

/** Works on one cell at a time as it is told, until its process ends. */
class Worker {
  private stop: AbortController | undefined;

  constructor(
    private readonly port: WorkerPort,
    private readonly clock: Clock,
    private readonly options: WorkerOptions,
  ) {}

  take(order: Order): void {
    if (order.type === 'stop') this.stop?.abort();
    else void this.work(order);
  }

  private async work(work: Work): Promise<void> {
    const stop = new AbortController();
    this.stop = stop;
    this.port.log(`${work.stage} with ${work.threads} threads`);
    const result = await this.locked(work, stop.signal);
    if (result === undefined) {
      this.port.log('interrupted');
      this.port.send({ type: 'interrupted' });
      return;
    }
    this.port.log(result.status === 'done' ? `${work.stage} done` : `${result.status}: ${result.reason}`);
    this.port.send({ type: 'end', result });
  }

  /** Runs the stage alone in its folder. What cannot be had alone is lost, and leaves the folder as it is. */
  private async locked(work: Work, signal: AbortSignal): Promise<TrainResult | TestResult | undefined> {
    try {
      const unlock = await lockCell(work.folder, this.clock);
      return await this.attempt(work, signal).finally(unlock);
    } catch (error) {
      return lost(error, work.folder);
    }
  }

  /** Runs the stage and keeps its result. */
  private async attempt(work: Work, signal: AbortSignal): Promise<TrainResult | TestResult | undefined> {
    const { cell, folder, stage } = work;
    try {
      const { kinds = cellKind, loadRule } = this.options;
      if (cell.ruleFile) await needed(loadRule)(cell.ruleFile.path, cell.ruleFile.sha256);
      const kind = await kinds(cell.kind);
      const context = this.context(work, signal);
      if (stage === 'test') return await keep(saveTestResult, folder, await kind.test(cell.config, context));
      const trained = await kind.train(cell.config, context);
      return trained && (await keep(saveTrainResult, folder, trained));
    } catch (error) {
      if (error instanceof Error) this.port.log(error.stack ?? error.message);
      const result = lost(error, folder);
      await (stage === 'test' ? saveTestResult : saveTrainResult)(folder, result);
      return result;
    }
  }

  private context({ folder, threads }: Work, signal: AbortSignal): CellContext {
    let toldAt = -Infinity;
    return {
      folder,
      threads,
      signal,
      clock: this.clock,
      onProgress: ({ part, note }) => {
        if (note !== undefined) this.port.log(note);
        const now = this.clock();
        if (now - toldAt < TELL_EVERY_MS) return;
        toldAt = now;
        this.port.send({ type: 'progress', part });
      },
    };
  }
}

async function keep<T extends object>(
  save: (folder: string, result: { readonly status: 'done' } & T) => Promise<void>,
  folder: string,
  facts: T,
): Promise<{ readonly status: 'done' } & T> {
  const result = { status: 'done' as const, ...facts };
  await save(folder, result);
  return result;
}

/** What a worker is made with. */
export interface WorkerOptions {
  /** Reads the file of a rule that is none of this project. */
  readonly loadRule?: RuleLoader;
  /** Kinds of cells by name; those of the registry. */
  readonly kinds?: (name: string) => Promise<CellKind>;
}

function needed(loadRule: RuleLoader | undefined): RuleLoader {
  if (loadRule) return loadRule;
  throw new ConfigError(
    'grid worker: expected a way to load rule files, got none; give serveCells a loadRule',
  );
}

/**
 * Trains and tests cells as a grid orders it. Called by the program of a worker process, with its line to the grid.
 *
 * Whatever goes wrong in a cell is its result; only the end of the process ends the service.
 */
export function serveCells(port: WorkerPort, clock: Clock, options: WorkerOptions = {}): void {
  const worker = new Worker(port, clock, options);
  port.onOrder((order) => worker.take(order));
}
