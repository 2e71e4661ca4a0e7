import { runChecks, type CheckResult } from '../core/check.js';
import type { DecayGate } from '../gates/contract.js';
import { gateRegistry } from '../gates/registry.js';
import { checkEngineOptions, engineFor, type EngineCheckOptions } from './checkRule.js';
import { gateChecks } from './gates/gateChecks.js';
import { GateRunner } from './gates/gateRunner.js';

/**
 * Holds a gate against its contract: columns, weights, shape, log decays of at most 0, tokens that do not see each
 * other, gradients against finite differences, and so on.
 *
 * State: leaves no tensor behind, unless the gate does.
 * @throws ConfigError when the engine cannot be made or a check does not exist; never for what is wrong with the gate.
 */
export async function checkGate(
  gate: DecayGate,
  given: EngineCheckOptions = {},
): Promise<readonly CheckResult[]> {
  const { engine, ...options } = checkEngineOptions('checkGate', given);
  return runChecks<GateRunner>({
    ...options,
    where: 'checkGate',
    contract: 'DecayGate',
    issues: gateRegistry.issues(gate),
    all: gateChecks,
    open: async () => {
      const on = await engineFor(engine);
      return new GateRunner(gate, on.engine, on.end);
    },
  });
}
