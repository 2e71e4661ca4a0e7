import { createEngine } from '../../../src/engine/createEngine.js';
import type { Engine } from '../../../src/engine/engine.js';
import { resolveTaskConfig, type PartialTaskConfig, type TaskRunConfig } from '../../../train/tasks/index.js';

/** A clock that goes on by a fixed time whenever it is read. */
export function steadyClock(tickMs = 10): () => number {
  let now = 1_700_000_000_000;
  return () => (now += tickMs);
}

/** The reference engine: nothing is compiled, so a step of a micro model takes milliseconds. */
export async function eagerEngine(): Promise<Engine> {
  return createEngine({ engine: 'eager', backend: 'cpu' });
}

/** A model of a few weights on the smallest samples of a task, and a handful of steps. */
export async function microConfig(
  task: string,
  { model, train, task: taskPart, ...rest }: PartialTaskConfig = {},
): Promise<TaskRunConfig> {
  const { validation, test } = (await resolveTaskConfig({ task })).task;
  const few = <Part extends object>(parts: readonly Part[]): (Part & { samples: number })[] =>
    parts.slice(0, 1).map((part) => ({ ...part, samples: 3 }));
  return resolveTaskConfig({
    task,
    overrides: {
      model: { width: 8, layers: 1, heads: 1, keySize: 4, valueSize: 4, chunkSize: 16, ...model },
      train: { batchSize: 2, samples: 8, evalEvery: 2, saveEvery: 2, stopAt: null, ...train },
      engine: { name: 'eager', device: null, backend: 'cpu', threads: null },
      task: { validation: few(validation), test: few(test), ...taskPart },
      ...rest,
    },
  });
}
