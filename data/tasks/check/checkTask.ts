import { checkFields, runChecks, type CheckOptions, type CheckResult } from '../../../src/core/check.js';
import { optionsCheck } from '../../../src/core/options.js';
import type { Task } from '../contract.js';
import { taskRegistry } from '../registry.js';
import { taskChecks } from './taskChecks.js';
import { TaskSubject } from './taskSubject.js';

const checkOptions = optionsCheck<CheckOptions>(checkFields);

/**
 * Holds a task against its contract: samples that fit its shape, drawn by seed and index alone, splits without a common
 * input, a solver that finds the answers from what came before, and a chance that is true.
 *
 * @throws ConfigError when a check does not exist; never for what is wrong with the task.
 */
export async function checkTask(task: Task, options: CheckOptions = {}): Promise<readonly CheckResult[]> {
  return runChecks<TaskSubject>({
    ...checkOptions('checkTask', options),
    where: 'checkTask',
    contract: 'Task',
    issues: taskRegistry.issues(task),
    all: taskChecks,
    open: async () => new TaskSubject(task),
  });
}
