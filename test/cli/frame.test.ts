import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { verbs } from '../../cli/verbs/registry.js';
import { ended, pavlov, pavlovHere, startPavlov } from '../support/pavlov.js';

// The cast: our own package.json.
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('pavlov', () => {
  it('--version prints the version of the package', async () => {
    expect(await pavlov(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('--help lists every verb and a working example', async () => {
    const { code, stdout, stderr } = await pavlov(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const verb of verbs) expect(stdout).toContain(`\n  ${verb.name} `);
    expect(stdout).toContain('\nExample:\n  $ pavlov train --preset smoke\n');
  });

  it('without a verb prints the help on stderr and exits 2', async () => {
    const { code, stdout, stderr } = await pavlovHere([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: pavlov [options] [command]');
  });

  it.each<[string[], string, number?]>([
    [['docter'], "pavlov: unknown command 'docter'; did you mean 'doctor'?\n"],
    [['quilt'], "pavlov: unknown command 'quilt'; run 'pavlov --help'\n"],
    [['help', 'docter'], "pavlov help: unknown command 'docter'; did you mean 'doctor'?\n"],
    [['data', 'help', 'fly'], "pavlov data help: unknown command 'fly'; run 'pavlov data --help'\n"],
    [
      ['lab', 'run', '/'],
      '/: expected a file that can be read, got EISDIR; it is a folder; name a file\n',
      3,
    ],
    [['--verson'], "pavlov: unknown option '--verson'; did you mean '--version'?\n"],
    [['doctor', '--jsn'], "pavlov doctor: unknown option '--jsn'; did you mean '--json'?\n"],
    [['doctor', 'now'], "pavlov doctor: expected 0 arguments, got 1; run 'pavlov doctor --help'\n"],
  ])('%j is a mistake of the user', async (args, message, code = 2) => {
    expect(await pavlovHere(args)).toEqual({ code, stdout: '', stderr: message });
  });

  it('--json gives one document on stdout for a mistake too', async () => {
    const { code, stdout, stderr } = await pavlovHere(['doctor', '--json', '--fast']);
    const message = "pavlov doctor: unknown option '--fast'; run 'pavlov doctor --help'";
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'USAGE', message } });
    expect(stderr).toBe(`${message}\n`);
  });

  it('help loads neither TensorFlow.js nor ONNX Runtime nor zod', async () => {
    const { code, stderr } = await pavlov(['--help'], { env: { NODE_DEBUG: 'esm,module' } });
    expect(code).toBe(0);
    expect(stderr).toContain('commander');
    expect(stderr).not.toMatch(/@tensorflow|onnxruntime|node_modules\/zod/);
  });

  it('is quiet when the reader of its output goes away', async () => {
    const child = startPavlov(['--help']);
    child.stdout?.destroy();
    const { code, stderr } = await ended(child);
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe.each(verbs.map((verb) => [verb.name, verb] as const))('pavlov %s', (name, verb) => {
  it('has a help with an example that begins with its name', async () => {
    const { code, stdout, stderr } = await pavlovHere([name, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(verb.example).toMatch(new RegExp(`^pavlov ${name}( |$)`));
    expect(stdout).toContain(`Example:\n  $ ${verb.example}\n`);
  });

  it('refuses an option it does not know', async () => {
    // What a verb must be given is asked for before.
    const given = verb.example
      .split(' ')
      .slice(1)
      .filter((word) => word !== '--json');
    const { code, stdout, stderr } = await pavlovHere([...given, '--no-such-option']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^pavlov .+: unknown (option|command) '--no-such-option'; run '/);
  });
});
