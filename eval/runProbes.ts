import { z } from 'zod';
import { DataError, lookUp } from '../src/core/errors.js';
import { count, type Known } from '../src/core/schema.js';
import { callback, list, made, optionsCheck } from '../src/core/options.js';
import type { Probe, ProbeReport, ProbeSubject } from './contract.js';
import { probes, type ProbeName } from './probes/registry.js';

/** What one probe found. */
export interface NamedReport extends ProbeReport {
  readonly probe: string;
}

export interface RunProbesOptions {
  /**
   * A probe for which the validation stories do not suffice: `throw` its DataError (default), or `note` it in
   * place of results. Where none has results the first such error is thrown all the same.
   */
  readonly unfit?: 'throw' | 'note';
}

const checkOptions = optionsCheck<RunProbesOptions>({ unfit: z.enum(['throw', 'note']).optional() });

const checkSubject = optionsCheck<ProbeSubject>({
  engine: made<ProbeSubject['engine']>('an engine'),
  model: made<ProbeSubject['model']>('a model'),
  tokenizer: made<ProbeSubject['tokenizer']>('a tokenizer'),
  validation: made<ProbeSubject['validation']>('encoded stories'),
  training: callback<NonNullable<ProbeSubject['training']>>().optional(),
  shape: z.strictObject({ batchSize: count, sequenceLength: count }),
  rng: made<ProbeSubject['rng']>('a random stream'),
  prompt: z.string().optional(),
  pairs: list<NonNullable<ProbeSubject['pairs']>>().optional(),
  onProgress: callback<(part: number) => void>().optional(),
});

interface Attempt {
  readonly report: NamedReport;
  readonly error?: DataError;
}

async function attempt(probe: Probe, subject: ProbeSubject, unfit: 'throw' | 'note'): Promise<Attempt> {
  try {
    return { report: { probe: probe.name, ...(await probe.run(subject)) } };
  } catch (error) {
    if (unfit === 'throw' || !(error instanceof DataError)) throw error;
    return { report: { probe: probe.name, results: [], notes: [`not measured: ${error.message}`] }, error };
  }
}

/**
 * Runs probes in the order named and gives what each found. The subject hears progress over all of them.
 *
 * @throws ConfigError for a name that is no probe, before any of them runs.
 * @throws DataError when the validation stories do not suffice; see `unfit`.
 */
export async function runProbes(
  names: readonly Known<ProbeName>[],
  subject: ProbeSubject,
  options: RunProbesOptions = {},
): Promise<readonly NamedReport[]> {
  const { unfit = 'throw' } = checkOptions('runProbes', options);
  checkSubject('runProbes: subject', subject);
  const chosen = names.map((name) => lookUp('probes', probes, name));
  const attempts: Attempt[] = [];
  for (const [i, probe] of chosen.entries()) {
    const onProgress = (part: number): void => subject.onProgress?.((i + part) / chosen.length);
    attempts.push(await attempt(probe, { ...subject, onProgress }, unfit));
  }
  const [failed] = attempts.flatMap(({ error }) => error ?? []);
  if (failed && attempts.every(({ error }) => error)) throw failed;
  return attempts.map(({ report }) => report);
}
