import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { arrayOf } from '../../cli/slurm.js';
import { temporaryFolder } from '../support/folder.js';
import { pavlov, pavlovHere } from '../support/pavlov.js';
import { MICRO_TASK } from './microTask.js';

const COMPARE = ['compare', ...MICRO_TASK, '--rule', 'hebbian,delta', '--seeds', '1'];

it('a dry run prints the script of the array and says what it trains, and a search is refused', async () => {
  const dry = await pavlov([...COMPARE, '--slurm=--partition=cpu --time=1:00:00', '--dry-run']);
  expect(dry.stdout).toContain('#SBATCH --array=0-1\n#SBATCH --requeue\n');
  expect(dry.stdout).toContain('#SBATCH --partition=cpu\n#SBATCH --time=1:00:00\n');
  expect(dry.stderr).toMatch(/^2 cells by an array of SLURM, about [\d.]+ MB of memory each$/m);
  expect(dry.stderr).toMatch(/^ {2}width: 8$/m);
  const document = await pavlov([...COMPARE, '--slurm', '--dry-run', '--json']);
  expect(JSON.parse(document.stdout)).toMatchObject({
    cells: 2,
    memoryBytes: expect.any(Number) as number,
    config: { model: { width: 8 } },
    script: expect.stringContaining('#SBATCH --array=0-1\n') as string,
  });
  for (const later of [['--lr-search'], ['--seeds', 'auto']]) {
    const refused = await pavlov([...COMPARE, '--slurm', ...later, '--set', 'train.samples=64']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('use --queue')]);
  }
});

it('code and commands in the folder of a grid run only where they are allowed', async () => {
  const folder = temporaryFolder();
  const [out, mark, rule] = ['grid', 'ran', 'mine.ts'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const example = readFileSync(new URL('../../examples/pearceHall.ts', import.meta.url), 'utf8');
  const marking = `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(mark)}, '');\n`;
  writeFileSync(rule, marking + example);
  const named = await pavlov(
    ['compare', ...MICRO_TASK, '--rule', rule, '--seeds', '1', '--out', out, '--slurm'],
    {
      env: { PATH: folder },
    },
  );
  expect(named.stderr).toContain("expected SLURM's sbatch");
  expect(readFileSync(join(out, 'slurm.sh'), 'utf8')).toContain("'--allow-code'");
  writeFileSync(mark, 'not yet');
  const cell = await pavlovHere(['grid', 'cell', out, '0']);
  expect([cell.code, cell.stderr]).toEqual([2, expect.stringContaining('give --allow-code to run it')]);
  const elsewhere = { env: { XDG_STATE_HOME: join(folder, 'state') } };
  const theirs = await pavlov(['grid', 'collect', out], elsewhere);
  expect([theirs.code, theirs.stderr]).toEqual([2, expect.stringContaining('was not written by this user')]);
  const own = await pavlov(['grid', 'collect', out]);
  expect(own.stderr).toContain('expected 1 trained cells, got 0');
  expect(readFileSync(mark, 'utf8')).toBe('not yet');
});

it('a folder that was moved is collected where it is', async () => {
  const folder = temporaryFolder();
  const moved = join(folder, 'moved');
  mkdirSync(moved);
  writeFileSync(join(moved, 'grid.json'), JSON.stringify({ task: 'induction', cells: [] }));
  // A command that says where it would write.
  const args = [...COMPARE, '--out', 'before', '--slurm', '--dry-run'];
  writeFileSync(join(moved, 'slurm.json'), JSON.stringify({ args, folder }));
  const { stdout } = await pavlov(['grid', 'collect', moved, '--allow-code']);
  expect(stdout).toContain(`#SBATCH --output=${moved}/slurm-%a.log`);
});

it('a cell that is not what its folder says is refused', async () => {
  const folder = temporaryFolder();
  const cellAs = async (id: string, config: string) => {
    mkdirSync(join(folder, 'cells', id), { recursive: true });
    writeFileSync(join(folder, 'grid.json'), JSON.stringify({ cells: [{ cell: id }] }));
    writeFileSync(join(folder, 'cells', id, 'config.json'), config);
    const { code, stderr } = await pavlovHere(['grid', 'cell', folder, '0']);
    expect(stderr).toContain(`to be the cell ${id}, got another`);
    return code;
  };
  for (const id of ['abc', '../cells/abc', '../..']) {
    expect(await cellAs(id, '{"kind":"task","config":{}}')).toBe(3);
    expect(await cellAs(id, '[]')).toBe(3);
  }
});

it('names places as SLURM does', () => {
  expect(arrayOf([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8');
});
