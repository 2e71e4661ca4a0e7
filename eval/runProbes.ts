import { lookUp } from '../src/core/errors.js';
import type { ProbeResult, ProbeSubject } from './contract.js';
import { probes } from './probes/registry.js';

/**
 * Runs probes in the order named and gives all their results.
 *
 * @throws ConfigError for a name that is no probe, before any of them runs.
 */
export async function runProbes(
  names: readonly string[],
  subject: ProbeSubject,
): Promise<readonly ProbeResult[]> {
  const chosen = names.map((name) => lookUp('probes', probes, name));
  const results: ProbeResult[] = [];
  for (const probe of chosen) results.push(...(await probe.run(subject)));
  return results;
}
