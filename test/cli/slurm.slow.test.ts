import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { pavlov, pavlovHere } from '../support/pavlov.js';
import { MICRO_TASK } from './microTask.js';

const folder = temporaryFolder();

/**
 * A stub of SLURM: it runs the elements of the array one after the other, and again where they asked for it. The first
 * element is told to save as soon as it has begun, as at a time limit.
 */
function stubOfSlurm(): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const sbatch = `#!/bin/bash
script=$1
export SLURM_ARRAY_JOB_ID=7
for i in $(sed -n 's/^#SBATCH --array=\\([0-9]*\\)-\\([0-9]*\\)$/seq \\1 \\2/p' "$script" | bash); do
  rm -f "${bin}/again"
  if [ "$i" = 0 ]; then
    SLURM_ARRAY_TASK_ID=$i bash "$script" >>"${folder}/elements.log" 2>&1 &
    sleep 0.2; kill -TERM $!; wait $!
    [ -e "${bin}/again" ] || echo 'not requeued' >>"${folder}/elements.log"
    SLURM_ARRAY_TASK_ID=$i bash "$script" >>"${folder}/elements.log" 2>&1 &
    sleep 1.5; kill -TERM $!; wait $!
  fi
  SLURM_ARRAY_TASK_ID=$i bash "$script" >>"${folder}/elements.log" 2>&1 || exit 1
done
echo 'Submitted batch job 7'
`;
  writeFileSync(join(bin, 'sbatch'), sbatch);
  writeFileSync(join(bin, 'scontrol'), `#!/bin/bash\necho "$@" >"${bin}/again"\n`);
  for (const name of ['sbatch', 'scontrol']) chmodSync(join(bin, name), 0o755);
  return `${bin}:${process.env.PATH ?? ''}`;
}

const COMPARE = ['compare', ...MICRO_TASK, '--rule', 'hebbian,delta', '--seeds', '1'];

it('an array job by a stub of SLURM comes to the same bytes as local processes', async () => {
  const env = { PATH: stubOfSlurm() };
  const out = join(folder, 'array');
  const early = await pavlovHere(['grid', 'collect', folder]);
  expect(early.stderr).toContain('expected a folder that was submitted with --slurm');
  const submitted = await pavlov([...COMPARE, '--out', out, '--slurm=--time=1:00:00'], { env });
  expect(submitted.stdout).toContain('Submitted batch job 7: 2 of 2 cells');
  expect(readFileSync(join(folder, 'elements.log'), 'utf8')).not.toContain('not requeued');
  expect((await pavlovHere(['grid', 'status', out])).stdout).toContain(
    '2 of 2 cells trained, 0 tested, 0 waiting',
  );
  renameSync(out, join(folder, 'moved'));
  expect((await pavlov(['grid', 'collect', join(folder, 'moved')], { env })).code).toBe(0);
  expect((await pavlov([...COMPARE, '--out', join(folder, 'local')])).code).toBe(0);
  const results = (name: string) => readFileSync(join(folder, name, 'results.jsonl'), 'utf8');
  expect(results('moved')).toBe(results('local'));
});
