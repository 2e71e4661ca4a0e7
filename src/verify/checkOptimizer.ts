import { runChecks, type CheckResult } from '../core/check.js';
import type { Optimizer } from '../optim/contract.js';
import { optimizerRegistry } from '../optim/registry.js';
import { checkEngineOptions, engineFor, type EngineCheckOptions } from './checkRule.js';
import { optimizerChecks } from './optimizers/optimizerChecks.js';
import { OptimizerRunner } from './optimizers/optimizerRunner.js';

/**
 * Holds an optimizer against its contract: slots, shapes, descent of a quadratic, gradients of zero, a rate of zero,
 * weight decay, and a state that is saved and loaded to the same bits.
 *
 * State: leaves no tensor behind, unless the optimizer does.
 * @throws ConfigError when the engine cannot be made or a check does not exist; never for what is wrong with the optimizer.
 */
export async function checkOptimizer(
  optimizer: Optimizer,
  given: EngineCheckOptions = {},
): Promise<readonly CheckResult[]> {
  const { engine, ...options } = checkEngineOptions('checkOptimizer', given);
  return runChecks<OptimizerRunner>({
    ...options,
    where: 'checkOptimizer',
    contract: 'Optimizer',
    issues: optimizerRegistry.issues(optimizer),
    all: optimizerChecks,
    open: async () => {
      const on = await engineFor(engine);
      return new OptimizerRunner(optimizer, on.engine, on.end);
    },
  });
}
