import { expect, it } from 'vitest';
import { arrayOf } from '../../cli/slurm.js';
import { pavlov } from '../support/pavlov.js';
import { MICRO_TASK } from './microTask.js';

const COMPARE = ['compare', ...MICRO_TASK, '--rule', 'hebbian,delta', '--seeds', '1'];

it('a dry run prints the script of the array, and a search is refused', async () => {
  const dry = await pavlov([...COMPARE, '--slurm=--partition=cpu --time=1:00:00', '--dry-run']);
  expect(dry.stdout).toContain('#SBATCH --array=0-1\n#SBATCH --requeue\n');
  expect(dry.stdout).toContain('#SBATCH --partition=cpu\n#SBATCH --time=1:00:00\n');
  const search = await pavlov([...COMPARE, '--slurm', '--lr-search']);
  expect([search.code, search.stderr]).toEqual([2, expect.stringContaining('use --queue')]);
});

it('names places as SLURM does', () => {
  expect(arrayOf([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8');
});
