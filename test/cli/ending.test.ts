import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { pavlov } from '../support/pavlov.js';
import { MICRO_RUN } from './microTask.js';

const cwd = temporaryFolder();
const example = readFileSync(fileURLToPath(new URL('../../examples/pearceHall.ts', import.meta.url)), 'utf8');
const ends = 'expected it to return or to throw an error, got a call that ends the process';

function write(name: string, text: string): string {
  writeFileSync(join(cwd, name), text);
  return `./${name}`;
}

describe('a file of the user that ends the process', () => {
  it.each([
    [
      'by process.exit(0)',
      'exits.mjs',
      'process.exit(0);\nexport default {};',
      `your code in exits.mjs:1:9: ${ends}`,
    ],
    [
      'by a promise that never settles',
      'waits.mjs',
      'await new Promise(() => {});\nexport default {};',
      'task file ./waits.mjs: expected a promise that settles, got one that nothing can settle any more; check what it awaits',
    ],
    [
      'by an error that nobody catches',
      'rejects.mjs',
      "await new Promise(() => setTimeout(() => { throw new Error('late'); }));\nexport default {};",
      'your code in rejects.mjs:1:50: expected it to run, got Error: late',
    ],
    [
      'by process.abort()',
      'aborts.mjs',
      'process.abort();\nexport default {};',
      'task file ./aborts.mjs: expected a module that loads, got Error: process.abort() was called; it must be an ES module, in TypeScript without enums and namespaces',
    ],
  ])('%s is told as its fault', async (_, name, text, message) => {
    const { code, stdout, stderr } = await pavlov(['check-task', write(name, text), '--json'], { cwd });
    expect([code, stderr]).toEqual([2, `${message}\n`]);
    expect(JSON.parse(stdout)).toMatchObject({ error: { message } });
  });

  it('in one of its functions is told as its fault, not as the end of the training', async () => {
    const file = write('steps.ts', example.replace('step(state, x, params) {', '$& process.exit(0);'));
    const { code, stderr } = await pavlov(['train', ...MICRO_RUN, '--rule', file, '--out', 'run'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^your code in steps\\.ts:26:\\d+: ${ends}\n$`));
  });
});
