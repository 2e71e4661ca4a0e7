import { runChecks, type CheckResult } from '../../../src/core/check.js';
import { checkEngineOptions, engineFor, type EngineCheckOptions } from '../../../src/verify/checkRule.js';
import type { Probe } from '../../contract.js';
import { probeRegistry } from '../registry.js';
import { probeChecks } from './probeChecks.js';
import { ProbeCase } from './probeSubject.js';

/**
 * Holds a probe against its contract, on a small untrained model: a report that is complete and can be saved, the same
 * twice, from a model that stays as it was, with every tensor disposed of.
 *
 * @throws ConfigError when the engine cannot be made or a check does not exist; never for what is wrong with the probe.
 */
export async function checkProbe(
  probe: Probe,
  given: EngineCheckOptions = {},
): Promise<readonly CheckResult[]> {
  const { engine, ...options } = checkEngineOptions('checkProbe', given);
  return runChecks<ProbeCase>({
    ...options,
    where: 'checkProbe',
    contract: 'Probe',
    issues: probeRegistry.issues(probe),
    all: probeChecks,
    open: async () => {
      const on = await engineFor(engine);
      return ProbeCase.open(probe, on.engine, on.end);
    },
  });
}
