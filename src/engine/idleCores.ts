import { availableParallelism, cpus } from 'node:os';
import { processorMs } from '../core/processes.js';

/** Processor time that this process and all of the machine have used, and when that was read; milliseconds. */
interface Usage {
  readonly at: number;
  readonly own: number;
  readonly all: number;
}

function usage(): Usage {
  const all = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return { at: performance.now(), own: processorMs(), all };
}

/** Over a shorter time the system's counters, which go up every 10 ms, say too little. */
const SHORTEST_MS = 100;

/** Cores that the others of a machine's processes leave free, between two readings; undefined where these are too near. */
export function idleBetween(before: Usage, after: Usage, cores: number): number | undefined {
  const ms = after.at - before.at;
  if (ms < SHORTEST_MS) return undefined;
  const others = after.all - before.all - (after.own - before.own);
  return cores - Math.max(0, others) / ms;
}

const atStart = usage();

/**
 * As many threads as cores were left idle by other processes since this one began, at least one. Threads of ONNX Runtime
 * spin while they wait for each other: more of them than idle cores take up to twice the time of fewer.
 */
export function threadsToUse(): number {
  const cores = availableParallelism();
  const idle = idleBetween(atStart, usage(), cpus().length);
  return idle === undefined ? cores : Math.min(cores, Math.max(1, Math.round(idle)));
}
