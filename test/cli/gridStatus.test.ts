import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { pavlov, pavlovHere } from '../support/pavlov.js';
import { MICRO_TASK } from './microTask.js';

const folder = temporaryFolder();
const out = join(folder, 'grid');
const COMPARE = ['compare', ...MICRO_TASK, '--rule', 'hebbian,delta', '--seeds', '1'];

it('a dry run says what a grid is and how long it takes, and leaves nothing', async () => {
  const dry = await pavlov([...COMPARE, '--out', out, '--dry-run', '--json']);
  expect(dry.code).toBe(0);
  const said = JSON.parse(dry.stdout) as Record<string, unknown>;
  expect(said).toMatchObject({ cells: 2, config: { seed: 1, train: { samples: 16 } } });
  expect(said.secondsPerCell).toBeGreaterThan(0);
  expect(said.memoryBytes).toBeGreaterThan(1e6);
  expect((await pavlovHere(['grid', 'status', out])).stderr).toContain('expected the folder of a grid');
});

it('the status of a grid counts its cells, and tells whether it runs by the age of what was said last', async () => {
  expect((await pavlov([...COMPARE, '--out', out])).code).toBe(0);
  const [first = ''] = readdirSync(join(out, 'cells'));
  rmSync(join(out, 'cells', first, 'result.json'));
  rmSync(join(out, 'cells', first, 'test.json'));
  const counts = '1 of 2 cells trained, 1 tested, 1 waiting';
  expect((await pavlovHere(['grid', 'status', out])).stdout).toBe(
    `${counts}\nno process runs it at the moment\n`,
  );
  const live = {
    process: '7 on here',
    underWay: [{ cell: first, part: 0.25 }],
    secondsLeft: 65,
    workers: [],
  };
  writeFileSync(join(out, 'status.json'), JSON.stringify(live));
  expect((await pavlovHere(['grid', 'status', out])).stdout).toBe(
    `1 of 2 cells trained, 1 tested, 0 waiting\nrun by process 7 on here: 1 cell under way, ETA 1m05s\ncell ${first}: 25 %\n`,
  );
  const told = JSON.parse((await pavlovHere(['grid', 'status', out, '--json'])).stdout) as Record<
    string,
    unknown
  >;
  expect(told).toMatchObject({ cells: 2, trained: 1, waiting: 0, live });
  utimesSync(join(out, 'status.json'), 1, 1);
  expect((await pavlovHere(['grid', 'status', out])).stdout).toContain('no process runs it');
});
