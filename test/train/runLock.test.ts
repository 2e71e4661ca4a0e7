import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { lockRun } from '../../train/runLock.js';
import { failure, Runner } from './runner.js';

let folder: string;
const lockFile = (): string => join(folder, 'run.lock');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavlov-lock-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('the lock of a run folder', () => {
  it('is one at a time, and leaves nothing behind', async () => {
    const unlock = await lockRun(folder);
    expect(await failure(ConfigError, lockRun(folder))).toBe(
      `run folder ${folder} is in use by process ${process.pid} on ${hostname()}; ` +
        `wait for it or stop it, and if it is no longer there delete ${lockFile()}`,
    );
    await unlock();
    expect(await readdir(folder)).toEqual([]);
    await (
      await lockRun(folder)
    )();
  });

  it('is not taken from a process that lives, and is from one that was killed', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await writeFile(lockFile(), `${other.pid} on ${hostname()}\n`);
    expect(await failure(ConfigError, lockRun(folder))).toContain(`in use by process ${other.pid} on`);
    other.kill('SIGKILL');
    await once(other, 'exit');
    await (
      await lockRun(folder)
    )();
  });

  it('clears away what a killed save or deletion has left, and nothing else', async () => {
    for (const name of ['.saving-step-000004-123', '.deleting-step-000002', '.saving-mine', 'step-000003']) {
      await mkdir(join(folder, name));
    }
    await (
      await lockRun(folder)
    )();
    expect((await readdir(folder)).sort()).toEqual(['.saving-mine', 'step-000003']);
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  });

  it('is taken over when its own number was that of a dead process, or a crash cut it short', async () => {
    for (const text of [`${process.pid} on ${hostname()}\n`, '', 'nonsense']) {
      await writeFile(lockFile(), text);
      await (
        await lockRun(folder)
      )();
    }
  });

  it('of a dead process is taken over by one of many that want it at once', async () => {
    const code = `
      const { lockRun } = await import(${JSON.stringify(new URL('../../train/runLock.ts', import.meta.url).href)});
      process.stdin.once('data', () =>
        lockRun(${JSON.stringify(folder)}).then(() => 'has it', ({ message }) => message).then((text) => {
          console.log(text);
          process.stdin.on('end', () => process.exit());
        }));
      console.log('ready');`;
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', code];
    await writeFile(lockFile(), `999999999 on ${hostname()}\n`);
    const children = Array.from({ length: 3 }, () => spawn(process.execPath, args));
    const line = async ({ stdout }: (typeof children)[number]): Promise<string> =>
      String((await once(stdout, 'data')) as readonly Buffer[]);
    await Promise.all(children.map(line));
    const told = children.map(line);
    for (const { stdin } of children) stdin.write('go');
    const texts = await Promise.all(told);
    const winners = children.filter((_, i) => texts[i] === 'has it\n');
    expect(winners).toHaveLength(1);
    for (const text of texts) expect(text).toMatch(/^has it\n$| is in use by process/);
    expect(await readFile(lockFile(), 'utf8')).toMatch(
      new RegExp(`^${winners[0]!.pid} on ${hostname()}( since \\S+)?\n$`),
    );
    for (const child of children) {
      child.stdin.end();
      await once(child, 'exit');
    }
    expect(await readdir(folder)).toEqual(['run.lock']);
  });

  it.runIf(process.platform === 'linux')(
    'is taken over when its number is by now that of another process, as after a restart of a container',
    async () => {
      const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      await once(other, 'spawn');
      const unlock = await lockRun(folder);
      const own = await readFile(lockFile(), 'utf8');
      await unlock();
      const since = /since (.+)\n$/.exec(own)?.[1] ?? '';
      expect(since).toMatch(/^[0-9a-f-]{36}\/\d+$/);
      await writeFile(lockFile(), `${other.pid} on ${hostname()} since ${since}\n`);
      await (
        await lockRun(folder)
      )();
      const begin = (await readFile(`/proc/${other.pid}/stat`, 'utf8')).split(' ')[21];
      const right = since.replace(/\d+$/, begin ?? '');
      await writeFile(lockFile(), `${other.pid} on ${hostname()} since ${right}\n`);
      expect(await failure(ConfigError, lockRun(folder))).toContain(`in use by process ${other.pid} on`);
      other.kill();
      await once(other, 'exit');
    },
  );

  it('is left alone when somebody else is taking it over, or died of that', async () => {
    await writeFile(lockFile(), `999999999 on ${hostname()}\n`);
    await writeFile(`${lockFile()}.takeover`, `${process.ppid} on ${hostname()}\n`);
    expect(await failure(ConfigError, lockRun(folder))).toContain(`in use by process ${process.ppid} on`);
    await writeFile(`${lockFile()}.takeover`, `999999999 on ${hostname()}\n`);
    expect(await failure(ConfigError, lockRun(folder))).toContain(
      `died of it; delete ${lockFile()}.takeover`,
    );
    await rm(`${lockFile()}.takeover`);
    await (
      await lockRun(folder)
    )();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over from numbers that no process can have', async () => {
    for (const pid of ['0', '99999999999', '4294967297']) {
      await writeFile(lockFile(), `${pid} on ${hostname()}\n`);
      await (
        await lockRun(folder)
      )();
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['a link that leads nowhere', 'a link', () => symlink('/nonexistent/x', lockFile())],
    ['a link to a file', 'a link', () => symlink(join(folder, 'config.json'), lockFile())],
    ['a folder', 'a folder', () => mkdir(lockFile())],
  ])('is never looked for behind %s', async (_, kind, make) => {
    await writeFile(join(folder, 'config.json'), 'mine');
    await make();
    expect(await failure(ConfigError, lockRun(folder))).toBe(
      `${lockFile()}: expected a lock that a process wrote, got ${kind}; delete it`,
    );
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'run.lock']);
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe('mine');
  });

  it('is not written through a link, and takes away what killed processes left of theirs', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await writeFile(elsewhere, 'mine');
    await symlink(elsewhere, `${lockFile()}.${process.pid}`);
    await writeFile(`${lockFile()}.999999999`, '');
    await writeFile(join(folder, 'config.json.999999996.part'), '');
    await writeFile(`${lockFile()}.takeover.999999998`, `999999998 on ${hostname()}\n`);
    const kept = [`run.lock.${process.ppid}`, 'run.lock.999999997'];
    await writeFile(join(folder, kept[0]!), '');
    await writeFile(join(folder, kept[1]!), '999999997 on elsewhere\n');
    await (
      await lockRun(folder)
    )();
    expect((await readdir(folder)).sort()).toEqual(['elsewhere', ...kept].sort());
    expect(await readFile(elsewhere, 'utf8')).toBe('mine');
  });

  it('is not taken from another machine, of whose processes nothing is known', async () => {
    await writeFile(lockFile(), '1 on elsewhere\n');
    expect(await failure(ConfigError, lockRun(folder))).toContain('in use by process 1 on elsewhere');
  });
});

it('keeps a second run out of the folder of one that trains, and frees it at the end', async () => {
  const runner = await Runner.create();
  const out = runner.newFolder();
  let second: Promise<string> | undefined;
  const onEvent = (): void => {
    second ??= failure(ConfigError, runner.train({ train: { steps: 2 } }, { out }));
  };
  await runner.train({ train: { steps: 2 } }, { out, onEvent });
  expect(await second).toContain('is in use by process');
  expect(await readdir(out)).not.toContain('run.lock');
  await runner.dispose();
});
