import { counted } from '../../../src/core/text.js';
import { availableParallelism } from 'node:os';
import { workerEntry } from '../../gridRun.js';
import { exitAfter, withInterrupt } from '../../interrupt.js';
import { finiteNumber, wholeNumber } from '../../options.js';
import { waitsForOthers } from '../../silence.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface WorkerFlags {
  readonly queue: string;
  readonly jobs?: number;
  readonly folder?: string;
  readonly shared?: string;
  readonly allowCode?: boolean;
  readonly lease: number;
}

/** Seconds after which the cells of a worker that says nothing are given to others. */
const LEASE_SECONDS = 30;

/** A folder that no other worker of this machine has. */
async function ownFolder(
  given: string | undefined,
): Promise<{ folder: string; unlock: () => Promise<void> }> {
  const { makeFolder } = await import('../../../src/core/atomicFile.js');
  const { lockRun } = await import('../../../train/runLock.js');
  const { ConfigError } = await import('../../../src/core/errors.js');
  for (let n = 1; ; n++) {
    const folder = given ?? `checkpoints/worker${n === 1 ? '' : `-${n}`}`;
    await makeFolder(folder);
    try {
      return { folder, unlock: await lockRun(folder) };
    } catch (error) {
      if (given !== undefined || !(error instanceof ConfigError)) throw error;
    }
  }
}

async function work({ output }: Context, flags: WorkerFlags): Promise<Outcome> {
  const { openServer } = await import('../../../experiments/queue/server.js');
  const { serveQueue } = await import('../../../experiments/queue/queueWorker.js');
  const { buildOf } = await import('../../../experiments/queue/build.js');
  const { localProcesses } = await import('../../../experiments/grid/workerPool.js');
  const { queue, jobs = availableParallelism(), shared, allowCode = false, lease } = flags;
  const onNote = (text: string): void => output.note(text);
  const server = await openServer(queue, onNote);
  try {
    const { folder, unlock } = await ownFolder(flags.folder);
    const executor = localProcesses({ worker: workerEntry(), jobs });
    try {
      return await withInterrupt(
        output,
        'saving the cells under way and giving them back',
        async (signal) => {
          output.note(
            `worker of ${server.shown}, build ${buildOf()}, ${counted(jobs, 'cell')} at a time, folder ${folder}`,
          );
          waitsForOthers(true);
          await serveQueue(server, {
            folder,
            jobs,
            executor,
            allowCode,
            leaseMs: lease * 1000,
            signal,
            onNote,
            ...(shared !== undefined && { shared }),
          });
          return exitAfter(signal);
        },
      );
    } finally {
      await executor.close();
      await unlock();
    }
  } finally {
    server.close();
  }
}

/** `pavlov worker` */
export const worker: Verb = {
  name: 'worker',
  summary: 'run cells of grids that were started with --queue, on this machine',
  example: 'pavlov worker --queue redis://localhost:6379 --jobs 2',
  define: (command, act) => {
    command
      .requiredOption(
        '--queue <url>',
        'Redis server that holds the cells: redis://host:6379, or rediss:// for TLS',
      )
      .option('--jobs <n>', 'cells at a time (default: number of cores)', wholeNumber('--jobs', 1, 1024))
      .option('--folder <folder>', 'where checkpoints are kept (default: checkpoints/worker)')
      .option('--shared <folder>', 'folder that workers share, so that each can go on with a cell of another')
      .option('--allow-code', 'run rules, gates and the like of whoever can write to the server')
      .option(
        '--lease <seconds>',
        'silence after which the cells of a worker are given to others',
        finiteNumber('--lease', 1),
        LEASE_SECONDS,
      )
      .action(act(work));
  },
};
