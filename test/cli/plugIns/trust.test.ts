import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addTrust, readTrust, trustFile } from '../../../cli/plugIns/trust.js';
import { temporaryFolder } from '../../support/folder.js';
import { pavlov, type Ended } from '../../support/pavlov.js';
import { MICRO_RUN } from '../microTask.js';

const folder = temporaryFolder();
const RULE = `import { writeFileSync } from 'node:fs';
import { rules } from 'pavlov-lm';
import { title } from './part.js';
writeFileSync('it-ran', '');
export default { ...rules.delta, name: 'theirs', title };
`;

describe('the list of rules', () => {
  it('is in the state folder of the user, whatever is no absolute path', () => {
    const of = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv) => trustFile({ platform, env });
    expect(of('linux', { XDG_STATE_HOME: '/state' })).toBe('/state/pavlov/trained-plug-ins');
    expect(of('linux', { XDG_STATE_HOME: 'run' })).toBe(of('linux', {}));
    expect(of('darwin', {})).toMatch(/\.local\/state\/pavlov\/trained-plug-ins$/);
  });

  it('keeps every hash once, whatever the names', async () => {
    const path = join(folder, 'list/of');
    const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
    expect(await addTrust(new Map([[`x\n${b}  y`, a]]), path)).toBeUndefined();
    await addTrust(new Map([['again', a]]), path);
    expect((await readTrust(path)).hashes).toEqual(new Set([a]));
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(2);
  });

  it('that cannot be read trusts nothing and says so', async () => {
    expect(await readTrust(folder)).toEqual({
      hashes: new Set(),
      fault: `${folder} cannot be read (EISDIR)`,
    });
    expect(await addTrust(new Map([['x', 'c'.repeat(64)]]), folder)).toMatch(/cannot be written \(EISDIR\)$/);
  });
});

describe('a run with a rule of a file', { timeout: 120_000 }, () => {
  const [theirs, here] = [join(folder, 'theirs'), join(folder, 'here')];
  const at = (cwd: string, state: string, ...args: string[]): Promise<Ended> =>
    pavlov(args, { cwd, env: { XDG_STATE_HOME: join(folder, state) } });
  const ran = () => existsSync(join(here, 'it-ran'));
  const verbs: Readonly<Record<string, readonly string[]>> = {
    generate: ['generate', 'run', '--tokens', '1'],
    eval: ['eval', 'run', '--probes', 'lm', '--stories', '2', '--json'],
    resume: ['resume', 'run', '--steps', '3', '--json'],
    train: ['train', '--config', 'run/config.json', '--steps', '1', '--out', 'other', '--json'],
    // Looking at settings that somebody else wrote must not run what they name.
    config: ['config', '--config', 'settings.yaml'],
  };

  it('is trained where the list keeps its files', async () => {
    mkdirSync(theirs);
    writeFileSync(join(theirs, 'rule.ts'), RULE);
    writeFileSync(join(theirs, 'settings.yaml'), 'model:\n  rule: ./rule.ts\n');
    writeFileSync(join(theirs, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(theirs, 'part.js'), "export const title = 'Theirs';\n");
    const out = ['--steps', '2', '--out', 'run', '--json'];
    const args = ['train', ...MICRO_RUN, '--rule', './rule.ts', ...out];
    const { code, stderr } = await at(theirs, 'theirs-state', ...args);
    expect(code, stderr).toBe(0);
    const list = readFileSync(join(folder, 'theirs-state/pavlov/trained-plug-ins'), 'utf8');
    expect(list).toMatch(/^[0-9a-f]{64} {2}.*rule\.ts\n[0-9a-f]{64} {2}.*part\.js\n$/);
    cpSync(theirs, here, { recursive: true, filter: (path) => !path.endsWith('it-ran') });
  });

  it.each(Object.keys(verbs))('runs no code of it in %s where it was not trained', async (verb) => {
    const { code, stdout, stderr } = await at(here, 'mine', ...(verbs[verb] ?? []));
    expect([ran(), code], stdout).toEqual([false, ['train', 'config'].includes(verb) ? 2 : 3]);
    expect(stderr).toContain('expected code that was trained with on this machine');
    expect(stderr).toContain(`name it with --rule to run it`);
  });

  it('says when the list cannot be read', async () => {
    mkdirSync(join(folder, 'odd/pavlov/trained-plug-ins'), { recursive: true });
    const { code, stderr } = await at(here, 'odd', ...(verbs.generate ?? []));
    expect([ran(), code]).toEqual([false, 3]);
    expect(stderr).toContain('trained-plug-ins cannot be read (EISDIR)');
  });

  it('runs no part of a trusted rule that is another', async () => {
    const part = join(here, 'part.js');
    const before = readFileSync(part);
    writeFileSync(
      part,
      "import { writeFileSync } from 'node:fs';\nwriteFileSync('it-ran', '');\nexport const title = 'x';\n",
    );
    const { code, stderr } = await at(here, 'theirs-state', ...(verbs.generate ?? []));
    writeFileSync(part, before);
    expect([ran(), code]).toEqual([false, 3]);
    expect(stderr).toContain(`it imports ${part}, which was not trained with on this machine as it is now`);
  });

  it('says the file and runs it where it was trained', async () => {
    const { code, stderr } = await at(here, 'theirs-state', ...(verbs.generate ?? []));
    expect([ran(), code]).toEqual([true, 0]);
    expect(stderr).toBe(
      `running the rule file ${join(here, 'rule.ts')}, which was trained with on this machine\n`,
    );
  });

  it('runs when it is named, and is known once it was trained with', async () => {
    const named = await at(here, 'mine', ...(verbs.generate ?? []), '--rule', 'rule.ts');
    expect([named.code, named.stderr]).toEqual([0, '']);
    expect((await at(here, 'mine', ...(verbs.generate ?? []))).code).toBe(3);
    const resumed = await at(here, 'mine', ...(verbs.resume ?? []), '--rule', './rule.ts');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((await at(here, 'mine', ...(verbs.generate ?? []))).code).toBe(0);
  });
});
