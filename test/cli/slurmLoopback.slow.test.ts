import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { pavlov, pavlovHere } from '../support/pavlov.js';
import { HAS_SLURM, startSlurm, type TestCluster } from '../support/slurm.js';
import { MICRO_TASK } from './microTask.js';

const folder = temporaryFolder();
const PLACES = [0, 1];
/** Seconds of a cell are more than the half minute within which SLURM sees that a time limit is near. */
const SAMPLES = 'train.samples=60000';
const COMPARE = ['compare', ...MICRO_TASK, '--rule', 'hebbian,delta', '--seeds', '1', '--set', SAMPLES];

/** Waits for an array to end; how often each of its elements was requeued. */
async function restartsOf({ ask }: TestCluster, id: string): Promise<number[]> {
  for (let tries = 0; tries < 600; tries++) {
    const jobs = PLACES.map((place) => ask('scontrol', 'show', 'job', `${id}_${place}`));
    if (jobs.every((job) => job.includes('JobState=COMPLETED')))
      return jobs.map((job) => Number(/Restarts=(\d+)/.exec(job)?.[1]));
    // SLURM lets what was requeued wait for two minutes.
    for (const [place, job] of jobs.entries())
      if (job.includes('Reason=BeginTime'))
        ask('scontrol', 'update', `JobId=${id}_${place}`, 'StartTime=now');
    await setTimeout(500);
  }
  throw new Error('expected the array to end');
}

// Where Debian's slurm-wlm is not installed, this is skipped.
it.skipIf(!HAS_SLURM)(
  'an array that SLURM tells to save at its time limit comes to the bytes of local processes',
  async () => {
    const cluster = await startSlurm();
    const { env } = cluster;
    const out = join(folder, 'array');
    try {
      // A signal two minutes before a limit of two minutes comes as soon as SLURM looks.
      const submitted = await pavlov([...COMPARE, '--out', out, '--slurm=--time=2'], { env });
      const [, id = ''] = /Submitted batch job (\d+): 2 of 2 cells/.exec(submitted.stdout) ?? [];
      const restarts = await restartsOf(cluster, id);
      expect(Math.max(...restarts)).toBeGreaterThan(0);
      expect((await pavlovHere(['grid', 'status', out])).stdout).toContain('2 of 2 cells trained');
      expect((await pavlov(['grid', 'collect', out], { env })).code).toBe(0);
    } finally {
      await cluster.stop();
    }
    expect((await pavlov([...COMPARE, '--out', join(folder, 'local')])).code).toBe(0);
    const results = (name: string): string => readFileSync(join(folder, name, 'results.jsonl'), 'utf8');
    expect(results('array')).toBe(results('local'));
  },
);
