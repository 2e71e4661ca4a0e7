import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { pavlovHere } from '../support/pavlov.js';

const folder = temporaryFolder();
const scores = join(folder, 'scores.csv');
const line = (variant: string, base: number) => (seed: number) =>
  `${variant},${seed},copy,${base + (seed % 3) / 100}`;
const order = Array.from({ length: 12 }, (_, i) => i + 1);
writeFileSync(
  scores,
  [
    'variant,seed,task,score',
    ...order.map(line('new', 0.8)),
    ...order.map(line('old', 0.6)),
    ...order.map(line('twin', 0.6)),
  ].join('\n'),
);

describe('pavlov verdict', () => {
  it("prints and writes the verdicts of anybody's scores", async () => {
    const out = join(folder, 'report');
    const { code, stdout } = await pavlovHere([
      'verdict',
      scores,
      '--margin',
      '0.05',
      '--sequential',
      '--out',
      out,
    ]);
    expect(code).toBe(0);
    // Again into the same folder, and never into one of other files.
    expect((await pavlovHere(['verdict', scores, '--out', folder])).code).toBe(2);
    expect(
      (await pavlovHere(['verdict', scores, '--margin', '0.05', '--sequential', '--out', out])).code,
    ).toBe(0);
    expect(stdout).toMatch(/new is better than old by 0\.2 score/);
    expect(stdout).toMatch(/old and twin are equivalent within 0\.05 score/);
    expect(stdout).not.toMatch(/parameters|learning rate/);
    for (const name of ['verdicts.json', 'report.md', 'report.html', 'results.csv'])
      expect(existsSync(join(out, name))).toBe(true);
    expect(readFileSync(join(out, 'report.md'), 'utf8')).toContain('anytime-valid test');
  });

  it('says which line it cannot take', async () => {
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, 'seed,score\n1,2\n2,two\n');
    const { code, stderr } = await pavlovHere(['verdict', bad]);
    expect([code, stderr]).toEqual([3, `${bad}:3: expected a number in score, got 'two'\n`]);
    const missing = await pavlovHere(['verdict', join(folder, 'none.csv')]);
    expect([missing.code, missing.stderr]).toEqual([
      3,
      expect.stringContaining('none.csv: expected a file that can be read, got ENOENT; check the path'),
    ]);
    expect((await pavlovHere(['verdict', scores, '--best', 'most'])).code).toBe(2);
  });

  it.skipIf(process.platform !== 'linux')('reads no device without an end', async () => {
    const { code, stderr } = await pavlovHere(['verdict', '/dev/zero']);
    expect([code, stderr]).toEqual([3, '/dev/zero: expected at most 256 MB of scores, got more; split it\n']);
  });
});
