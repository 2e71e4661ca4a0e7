import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readResults } from '../../eval/compare/contract.js';
import { temporaryFolder } from '../support/folder.js';
import { killGroupAfter } from '../support/killGroup.js';
import { pavlov } from '../support/pavlov.js';

const folder = temporaryFolder();

it('24 smoke cells that were killed twice give the results file of a grid that was not', async () => {
  const grid = [
    ...['compare', '--task', 'induction', '--preset', 'smoke', '--rule', 'hebbian,delta', '--seeds', '3'],
    // The preset's model and batches, for a few of its steps.
    ...['--gate', 'none,scalar', '--lr-grid', '0.003,0.01', '--set', 'train.samples=640', '--jobs', '2'],
  ];
  const [straight, killed] = [join(folder, 'straight'), join(folder, 'killed')];
  const whole = await pavlov([...grid, '--out', straight]);
  expect([whole.code, whole.stderr]).toEqual([0, '']);
  await killGroupAfter([...grid, '--out', killed], 6);
  await killGroupAfter([...grid, '--out', killed], 10);
  const rest = await pavlov([...grid, '--out', killed]);
  expect([rest.code, rest.stderr]).toEqual([0, '']);
  const [wanted, got] = [straight, killed].map((out) => readFileSync(join(out, 'results.jsonl'), 'utf8'));
  expect(got).toBe(wanted);
  expect(readResults(wanted ?? '').map(({ status }) => status)).toEqual(Array(12).fill('done'));
});
