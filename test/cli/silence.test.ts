import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { ended } from '../support/pavlov.js';

const folder = temporaryFolder();
const HAS_SCRIPT = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

/** Runs a program whose streams are a terminal of its own, and gives what is written to it. */
async function onTerminal(program: string): Promise<string> {
  const file = join(folder, 'program.mjs');
  const modules = ['output', 'silence'].map((name) => new URL(`../../cli/${name}.ts`, import.meta.url).href);
  writeFileSync(
    file,
    `const [{ createOutput, createStatusLine }, { breakSilence, waitsForOthers }] =
       await Promise.all(${JSON.stringify(modules)}.map((one) => import(one)));
     const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
     const output = createOutput(false);
     const end = breakSilence(output);
     ${program}
     end();`,
  );
  const command = `'${process.execPath}' --import '${import.meta.resolve('tsx')}' '${file}'`;
  const log = join(folder, 'typescript');
  return (await ended(spawn('script', ['-qec', command, log], { stdio: ['ignore', 'pipe', 'pipe'] }))).stdout;
}

it.runIf(HAS_SCRIPT)('on a terminal the seconds of a long call are counted, in its status line', async () => {
  const text = await onTerminal(`
    block(3200);
    createStatusLine(output).progress(0.5, 'training');
    block(3200);
    output.line('done');
    waitsForOthers(true);
    block(2000);`);
  expect(text).toMatch(/^(\r\u001b\[K\.\.\. still working, nothing new for \d+ s){2}/);
  expect(text).toMatch(
    /training \(nothing new for 2 s\)\r\u001b\[K.*training \(nothing new for 3 s\)\r\u001b\[K/,
  );
  expect(text).toMatch(/\r\u001b\[Kdone\r\n$/);
});
