import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadState } from '../../cli/verbs/chat/stateFile.js';
import { decodeTensors } from '../../src/checkpoint/format.js';
import { temporaryFolder } from '../support/folder.js';
import { ended, PROGRAM, type Ended } from '../support/pavlov.js';
import { saveUntrainedRun } from '../support/untrainedRun.js';

const folder = temporaryFolder();
const run = join(folder, 'story');
const saved = join(folder, 'a.memory');

beforeAll(async () => {
  await saveUntrainedRun(run);
});

/** What a file says of its model and how much was read, without a check. */
function describeSaved(): { model: string; tokens: number } {
  const { metadata } = decodeTensors(readFileSync(saved), saved);
  return { model: metadata.model!, tokens: Number(metadata.tokens) };
}

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [...PROGRAM, 'chat', ...args], {
    env: { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: folder },
  });
  return { child, end: ended(child) };
}

function talk(lines: readonly string[], args: readonly string[] = [run, '--tokens', '6']): Promise<Ended> {
  const { child, end } = start(args);
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  return end;
}

describe('pavlov chat', () => {
  it('goes on from what it remembers, also from a file in another process, and takes back', async () => {
    const straight = await talk(['Once', 'Lily', 'The end']);
    expect([straight.code, straight.stderr]).toEqual([0, '']);
    const first = await talk(['Once', `:save ${saved}`, 'Tom', ':undo', 'Lily', ':undo', ':undo', ':undo']);
    expect([first.code, first.stderr]).toEqual([
      0,
      `saved to ${saved}\ntaken back\ntaken back\ntaken back\nthere is nothing to take back\n`,
    ]);
    const second = await talk(['Lily', 'The end'], [run, '--tokens', '6', '--load', saved, '--seed', '9']);
    expect([second.code, second.stderr]).toEqual([0, `loaded ${saved}\n`]);
    // An answer may hold line ends, so texts are compared as a whole.
    expect(straight.stdout.endsWith(second.stdout)).toBe(true);
    const once = straight.stdout.slice(0, -second.stdout.length);
    expect(first.stdout.startsWith(once)).toBe(true);
    const lily = straight.stdout.slice(once.length, first.stdout.length);
    expect(lily.length).toBeGreaterThan(0);
  });

  it('refuses a memory that is damaged or of another model, and commands that there are not', async () => {
    const bytes = readFileSync(saved);
    const { model, tokens } = describeSaved();
    const broken = join(folder, 'broken.memory');
    for (const place of [bytes.length - 3, 30, 4]) {
      const damaged = Buffer.from(bytes);
      damaged[place]! ^= 1;
      writeFileSync(broken, damaged);
      const message = `${broken}: expected a memory that :save has written, got`;
      await expect(loadState(broken, model)).rejects.toThrow(message);
    }
    await expect(loadState(join(folder, 'none'), model)).rejects.toThrow(
      'none: expected a file that can be read, got ENOENT',
    );
    await expect(loadState(saved, 'other')).rejects.toThrow(
      'expected a memory of this model, got one of another',
    );
    expect((await loadState(saved, model)).memory.tokens).toEqual([tokens]);
    const unknown = await talk([':help', ':sav x', 'Once']);
    expect([unknown.code, unknown.stdout]).toEqual([2, '']);
    expect(unknown.stderr).toContain(':undo ');
    expect(unknown.stderr).toContain("got ':sav'");
  });

  it('Ctrl-C stops the answer, and leaves when there is none', async () => {
    const { child, end } = start([run, '--tokens', '100000000', '--top-p', '1', '--temperature', '2']);
    child.stdin.write('Once\n');
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGINT');
    child.stdin.write(`:save ${saved}\n`);
    await new Promise((resolve) => child.stderr.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 500)); // signals within half a second are one request
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect([code, stderr]).toEqual([130, `saved to ${saved}\n`]);
  });
});
