import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { pavlov, pavlovHere } from '../support/pavlov.js';
import { HAS_SLURM, startSlurm, type TestCluster } from '../support/slurm.js';
import { MICRO_TASK } from './microTask.js';

const folder = temporaryFolder();
const PLACES = [0, 1];

/** An array of two cells that was submitted. */
interface Submitted {
  readonly cluster: TestCluster;
  readonly out: string;
  readonly id: string;
}

/** The texts of all files of a name in a folder. */
function textsOf(out: string, name: RegExp): string[] {
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => name.test(file)).map((file) => readFileSync(join(out, file), 'utf8'));
}
const logsOf = ({ out }: Submitted): string[] => textsOf(out, /cells.*attempt-\d+.log\.txt$/);

/** What SLURM says of the elements. @throws Error with all that was said where one has failed. */
function jobsOf({ cluster, out, id }: Submitted): string[] {
  const jobs = PLACES.map((place) => cluster.ask('scontrol', 'show', 'job', `${id}_${place}`));
  if (jobs.some((job) => /JobState=(FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY)/.test(job)))
    throw new Error([...jobs, ...textsOf(out, /slurm-\d+\.log$/), cluster.said()].join('\n'));
  return jobs;
}

/** Waits, for as long as the test may take, until something holds of an array none of whose elements fails. */
async function until(
  array: Submitted,
  holds: (jobs: readonly string[]) => boolean,
): Promise<readonly string[]> {
  for (;;) {
    const jobs = jobsOf(array);
    if (holds(jobs)) return jobs;
    await setTimeout(200);
  }
}

/**
 * Runs two cells as an array whose elements are told to save, one way or another.
 *
 * @returns the bytes of its results, and of those of local processes.
 */
async function savedArray(
  name: string,
  samples: number,
  options: string,
  tell: (array: Submitted) => Promise<void>,
): Promise<{ readonly array: string; readonly local: string }> {
  const args = ['compare', ...MICRO_TASK, '--rule', 'hebbian,delta', '--seeds', '1'];
  const compare = [...args, '--set', `train.samples=${samples}`];
  const [out, local] = [join(folder, name), join(folder, `${name}-local`)];
  const cluster = await startSlurm();
  const { env } = cluster;
  try {
    const submitted = await pavlov([...compare, '--out', out, `--slurm=${options}`], { env });
    const [, id = ''] = /Submitted batch job (\d+): 2 of 2 cells/.exec(submitted.stdout) ?? [];
    const array = { cluster, out, id };
    await tell(array);
    const jobs = await until(array, (all) => all.every((job) => job.includes('JobState=COMPLETED')));
    expect(Math.max(...jobs.map((job) => Number(/Restarts=(\d+)/.exec(job)?.[1])))).toBeGreaterThan(0);
    expect(logsOf(array).join('')).toMatch(/ from step [1-9]/);
    expect((await pavlovHere(['grid', 'status', out])).stdout).toContain('2 of 2 cells trained');
    expect((await pavlov(['grid', 'collect', out], { env })).code).toBe(0);
  } finally {
    await cluster.stop();
  }
  expect((await pavlov([...compare, '--out', local])).code).toBe(0);
  const results = (place: string): string => readFileSync(join(place, 'results.jsonl'), 'utf8');
  return { array: results(out), local: results(local) };
}

// Where Debian's slurm-wlm is not installed, this is skipped.
describe.skipIf(!HAS_SLURM)('an array that SLURM runs comes to the bytes of local processes', () => {
  it('when its elements are told to save by a signal', async () => {
    const { array, local } = await savedArray('told', 2000, '--time=30', async (submitted) => {
      await until(submitted, () => {
        const logs = logsOf(submitted);
        return logs.length === PLACES.length && logs.every((log) => log.includes(' step 2:'));
      });
      for (const place of PLACES)
        submitted.cluster.ask('scancel', '--signal=TERM', '--batch', `${submitted.id}_${place}`);
    });
    expect(array).toBe(local);
  });

  it('when they save at its time limit', async () => {
    // The signal two minutes before a limit of two minutes comes within half a minute, when SLURM looks: cells take longer.
    const { array, local } = await savedArray('limited', 60_000, '--time=2', async () => undefined);
    expect(array).toBe(local);
  });
});
