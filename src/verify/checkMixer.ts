import { runChecks, type CheckResult } from '../core/check.js';
import type { Mixer } from '../mixers/contract.js';
import { mixerRegistry } from '../mixers/registry.js';
import { checkEngineOptions, engineFor, type EngineCheckOptions } from './checkRule.js';
import { mixerChecks } from './mixers/mixerChecks.js';
import { MixerRunner } from './mixers/mixerRunner.js';

/**
 * Holds a mixer against its contract: weights, shapes, `next` in pieces against `forward`, a state of constant size,
 * causality, rows and documents that do not see each other, gradients against finite differences.
 *
 * Its options have their defaults; what rule and gate drive it, if any do, is not looked at.
 * State: leaves no tensor behind, unless the mixer does.
 * @throws ConfigError when the engine cannot be made or a check does not exist; never for what is wrong with the mixer.
 */
export async function checkMixer(
  mixer: Mixer,
  given: EngineCheckOptions = {},
): Promise<readonly CheckResult[]> {
  const { engine, ...options } = checkEngineOptions('checkMixer', given);
  return runChecks<MixerRunner>({
    ...options,
    where: 'checkMixer',
    contract: 'Mixer',
    issues: mixerRegistry.issues(mixer),
    all: mixerChecks,
    open: async () => {
      const on = await engineFor(engine);
      return new MixerRunner(mixer, on.engine, on.end);
    },
  });
}
