import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();

/** What an example of this folder prints with these arguments. */
async function printed(run: () => Promise<unknown>, args: readonly string[] = []): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const before = process.argv.splice(2, Infinity, ...args);
  try {
    await run();
    return log.mock.calls.map((call) => call.join(' ')).join('\n');
  } finally {
    process.argv.splice(2, Infinity, ...before);
    log.mockRestore();
  }
}

const base = join(folder, 'base');

it('reads a memory', async () => {
  expect(await printed(() => import('../../examples/readMemory.js'))).toBe(
    'hebbian: the first key recalls [6,8]\ndelta: the first key recalls [5,6]',
  );
});

it('trains a head in a sequential model', async () => {
  const text = await printed(() => import('../../examples/conditioningHead.js'));
  const [, first, last] = /^mean squared error (\S+) at first, (\S+) after 8 epochs$/.exec(text) ?? [];
  expect(Number(last)).toBeGreaterThan(0);
  expect(Number(last)).toBeLessThan(Number(first));
});

it('trains from code, and fine-tunes what it has trained', async () => {
  const text = await printed(() => import('../../examples/trainFromCode.js'), [base]);
  const [, early, late] = /step 20 {2}loss (\S+)\nstep 40 {2}loss (\S+)\n/.exec(text) ?? [];
  expect(Number(late)).toBeLessThan(Number(early));
  expect(text).toMatch(/\d+ parameters, \d\.\d{3} bits per byte, in .*base\nOnce upon a time./);

  const other = join(folder, 'other.txt');
  writeFileSync(other, 'A cat sat on a mat.\n<|endoftext|>\n'.repeat(60));
  const tuned = await printed(
    () => import('../../examples/fineTune.js'),
    [base, other, join(folder, 'tuned')],
  );
  expect(tuned).toMatch(/^20 steps on .*other\.txt: \d+\.\d{3} bits per byte, in .*tuned$/);
});

it('compares from code', async () => {
  // The workers run the sources, too.
  process.execArgv.push('--import', import.meta.resolve('tsx'));
  const out = join(folder, 'compared');
  const text = await printed(() => import('../../examples/compareFromCode.js'), [out]);
  expect(text).toMatch(/deltanet: [01]\.\d{3} accuracy/);
  expect(text).toMatch(/gated-deltanet: [01]\.\d{3} accuracy/);
  expect(text).toContain('The best mean is that of');
  expect(text).toContain(`report in ${out}`);
});
