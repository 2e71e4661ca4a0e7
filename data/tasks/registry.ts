import { createRegistry } from '../../src/core/registry.js';
import { associativeRecall } from './associativeRecall.js';
import { compositionalRecall } from './compositionalRecall.js';
import { compression } from './compression.js';
import { conditioning } from './conditioning.js';
import type { Task } from './contract.js';
import { cycleNavigation } from './cycleNavigation.js';
import { forgettingMqar } from './forgettingMqar.js';
import { fuzzyRecall } from './fuzzyRecall.js';
import { iclClassification } from './iclClassification.js';
import { icll } from './icll.js';
import { induction } from './induction.js';
import { kHop } from './kHop.js';
import { linearRegression } from './linearRegression.js';
import { memorisation } from './memorisation.js';
import { modularArithmetic } from './modularArithmetic.js';
import { mqar } from './mqar.js';
import { noisyRecall } from './noisyRecall.js';
import { parity } from './parity.js';
import { selectiveCopy } from './selectiveCopy.js';
import { stackedMqar } from './stackedMqar.js';
import { taskIssues } from './taskIssues.js';
import { a5, s3, s4, s5 } from './wordProblem.js';

/** Every task of this project by name. A new one is its file and its line here. */
const own = {
  mqar,
  'associative-recall': associativeRecall,
  induction,
  'selective-copy': selectiveCopy,
  'noisy-recall': noisyRecall,
  'forgetting-mqar': forgettingMqar,
  'compositional-recall': compositionalRecall,
  'fuzzy-recall': fuzzyRecall,
  'stacked-mqar': stackedMqar,
  'k-hop': kHop,
  'linear-regression': linearRegression,
  conditioning,
  icll,
  'icl-classification': iclClassification,
  memorisation,
  compression,
  parity,
  'cycle-navigation': cycleNavigation,
  'modular-arithmetic': modularArithmetic,
  s3,
  s4,
  a5,
  s5,
};

/** The name of a task of this project. */
export type TaskName = keyof typeof own;

/** Tasks by name, and how one is added. */
export const taskRegistry = createRegistry<Task>('task', own, taskIssues);

/** Every task by name: those of this project, and those registered since the process began. */
export const tasks = taskRegistry.table;

/**
 * Makes a task known by its name, for as long as the process lives. The same object again changes nothing.
 *
 * @throws ConfigError with every field that is wrong, or when the name belongs to another task.
 */
export const registerTask: (task: Task) => Task = taskRegistry.register;

/** The names of the tasks of each suite, suites by name. */
export function suites(): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {};
  for (const task of Object.values(tasks))
    for (const suite of task.suites ?? []) (found[suite] ??= []).push(task.name);
  return found;
}
