import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { tf } from '../src/core/tf.js';

/** What the process holds at one moment. */
export interface MemoryUse {
  /** Resident: Node, the runtime's tensors and all else. */
  readonly rssBytes: number;
  /** Objects of JavaScript. */
  readonly heapBytes: number;
  /** Buffers that JavaScript's objects own. */
  readonly externalBytes: number;
  /** Tensors that TensorFlow.js keeps. */
  readonly tensors: number;
}

let collect: (() => void) | undefined;

/** Collects garbage now, so that what is left is in use. V8 offers it to contexts made after the flag. */
function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    // The cast: the flag puts this function into every new context.
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

/** Memory in use, after garbage has been collected; takes some milliseconds. */
export function memoryInUse(): MemoryUse {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    tensors: tf.memory().numTensors,
  };
}

/** How much more of each `last` has than `first`; negative where it has less. */
export function growth(first: MemoryUse, last: MemoryUse): MemoryUse {
  return {
    rssBytes: last.rssBytes - first.rssBytes,
    heapBytes: last.heapBytes - first.heapBytes,
    externalBytes: last.externalBytes - first.externalBytes,
    tensors: last.tensors - first.tensors,
  };
}
