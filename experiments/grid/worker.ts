import { ConfigError, lookUp, NonFiniteError, PavlovError } from '../../src/core/errors.js';
import { callback, optionsCheck } from '../../src/core/options.js';
import { SpareSessions } from '../../src/engine/graph/spareSessions.js';
import { monotonicClock, type Clock } from '../../train/clock.js';
import { plugInsOf, type PlugInFile } from '../../train/config/plugIns.js';
import type { CellContext, CellProgress, CellKind, CellTask, LostCell, StageResult } from './contract.js';
import { lockCell, saveResult } from './gridFolder.js';
import { onStopSignal } from './stopSignals.js';

/** One stage of one cell. */
interface Work extends Pick<CellTask, 'stage' | 'cell' | 'folder' | 'threads'> {
  readonly type: 'work';
}

/** What a worker is told: a cell to work on, or to save and end the one under way. */
export type Order = Work | { readonly type: 'stop' };

/** What a worker reports. The result of a stage is in its file when this is sent. */
export type Report =
  | { readonly type: 'progress'; readonly progress: Omit<CellProgress, 'note'> }
  | { readonly type: 'end'; readonly result: StageResult }
  | { readonly type: 'interrupted' };

/** A worker's line to whoever gives it work. */
export interface WorkerPort {
  send(report: Report): void;
  onOrder(listener: (order: Order) => void): void;
  /** A line for the log of the cell. */
  log(line: string): void;
}

/** What a worker is made with. */
export interface WorkerOptions {
  /** Reads the file of a rule, gate or the like that is not of this package. */
  readonly loadPlugIn?: (file: PlugInFile) => Promise<unknown>;
  /** Kinds of cells by name; those of the registry unless given. */
  readonly kinds?: (name: string) => Promise<CellKind>;
}

const checkOptions = optionsCheck<WorkerOptions>({
  loadPlugIn: callback<(file: PlugInFile) => Promise<unknown>>().optional(),
  kinds: callback<(name: string) => Promise<CellKind>>().optional(),
});

/** All kinds of cells by name, loaded when a worker first needs one. */
const runs = async (): Promise<CellKind> => (await import('./runCell.js')).runCell;
const kindsByName: Readonly<Record<string, () => Promise<CellKind>>> = { task: runs, stories: runs };

/**
 * A kind of cell by name.
 *
 * @throws ConfigError when there is none.
 */
async function cellKind(name: string): Promise<CellKind> {
  return lookUp('cell.kind', kindsByName, name)();
}

/** Progress is sent at most this often, in milliseconds. */
const SEND_EVERY_MS = 200;

/** What went wrong, without the folder where it happened to run. */
function lost(error: unknown, folder: string): LostCell {
  const message = error instanceof Error ? error.message : String(error);
  const reason = message.replaceAll(folder, '.');
  if (error instanceof NonFiniteError) return { status: 'diverged', reason };
  return {
    status: 'failed',
    reason,
    ...(error instanceof PavlovError && { code: error.code }),
  };
}

async function runStage(
  { stage, cell: { kind: name, config } }: Work,
  context: CellContext,
  { kinds = cellKind, loadPlugIn }: WorkerOptions,
): Promise<StageResult | undefined> {
  for (const file of plugInsOf(config)) {
    if (!loadPlugIn) {
      throw new ConfigError(
        `grid worker: expected a loadPlugIn for the ${file.kind} of ${file.path}, got none; give serveCells one`,
      );
    }
    await loadPlugIn(file);
  }
  const kind = await kinds(name);
  if (stage === 'test') return { status: 'done', ...(await kind.test(config, context)) };
  const trained = await kind.train(config, context);
  return trained && { status: 'done', ...trained };
}

/** Runs a stage alone in its folder and saves its result. A folder that cannot be locked stays as it is. */
async function work(
  order: Work,
  context: CellContext,
  port: WorkerPort,
  options: WorkerOptions,
): Promise<StageResult | undefined> {
  const { stage, folder } = order;
  const attempt = async (): Promise<StageResult | undefined> => {
    try {
      const result = await runStage(order, context, options);
      if (result) await saveResult(stage, folder, result);
      return result;
    } catch (error) {
      if (context.signal.aborted && error === context.signal.reason) return undefined;
      if (error instanceof Error) port.log(error.stack ?? error.message);
      const result = lost(error, folder);
      await saveResult(stage, folder, result);
      return result;
    }
  };
  try {
    const unlock = await lockCell(folder, context.clock);
    try {
      return await attempt();
    } finally {
      await unlock();
    }
  } catch (error) {
    return lost(error, folder);
  }
}

/** What serves cells. */
interface CellService {
  /** Asks the cell under way to save and end; resolves when nothing is under way any more. */
  end(): Promise<void>;
}

/**
 * Trains and tests one cell at a time as a grid orders it.
 *
 * Whatever goes wrong in a cell is its result; only the end of the process ends the service.
 */
export function serveCells(port: WorkerPort, clock: Clock, options: WorkerOptions = {}): CellService {
  checkOptions('serveCells', options);
  let stop: AbortController | undefined;
  let underWay = Promise.resolve();
  const spare = new SpareSessions();
  const serve = async (order: Work, signal: AbortSignal): Promise<void> => {
    const { stage, folder, threads } = order;
    let sentAt = -Infinity;
    const onProgress: CellContext['onProgress'] = ({ note, ...progress }) => {
      if (note !== undefined) port.log(note);
      if (clock() - sentAt < SEND_EVERY_MS) return;
      sentAt = clock();
      port.send({ type: 'progress', progress });
    };
    port.log(`${stage} with ${threads} threads`);
    const context = { folder, threads, signal, clock, onProgress, spare };
    const result = await work(order, context, port, options);
    if (result === undefined) port.log('interrupted');
    else port.log(result.status === 'done' ? `${stage} done` : `${result.status}: ${result.reason}`);
    port.send(result === undefined ? { type: 'interrupted' } : { type: 'end', result });
  };
  port.onOrder((order) => {
    if (order.type === 'stop') return stop?.abort();
    stop = new AbortController();
    underWay = serve(order, stop.signal);
  });
  return {
    async end() {
      stop?.abort();
      await underWay;
    },
  };
}

/**
 * Serves cells over the channel of this process to the grid that started it: the whole program of a worker.
 *
 * The grid answers for signals, which terminals and batch systems send to both; it tells its workers to stop. When
 * the grid is gone, a worker saves and ends; until then the lock of its cell keeps others out.
 */
export function serveProcess(options: WorkerOptions = {}): void {
  onStopSignal(() => undefined);
  // Nobody reads the log of a worker whose grid is gone.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const port: WorkerPort = {
    send: (report) => {
      if (process.connected) process.send?.(report, undefined, {}, () => undefined);
    },
    // The cast: the other end is a grid of ours.
    onOrder: (listener) => void process.on('message', (order) => listener(order as Order)),
    log: (line) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`),
  };
  const service = serveCells(port, monotonicClock, options);
  process.on('disconnect', () => void service.end().finally(() => process.exit(0)));
}
