import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/core/errors.js';
import {
  listCheckpoints,
  loadCheckpoint,
  loadCheckpointFacts,
  saveCheckpoint,
  saveProgress,
  setAsideLater,
  stepFolderName,
} from '../../src/checkpoint/store.js';
import { contentsAt } from './contents.js';

const SCRIPT = new URL('./saveLoop.ts', import.meta.url).pathname;
let run = '';

beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'pavlov-store-'));
});

afterEach(async () => {
  await rm(run, { recursive: true, force: true });
});

const failure = async (action: Promise<unknown>): Promise<Error> =>
  action.then(
    () => expect.fail('expected it to fail'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(CheckpointError);
      return error as Error;
    },
  );

/** Edits the manifest as a person would, with the hash made to fit unless told otherwise. */
async function editManifest(step: number, edit: (text: string) => string): Promise<void> {
  const path = join(run, stepFolderName(step), 'manifest.json');
  await writeFile(path, edit(await readFile(path, 'utf8')));
}

describe('a reader', () => {
  it('of a run that deletes its checkpoints meanwhile gets a newer one', async () => {
    let isSaving = true;
    const saving = async (): Promise<void> => {
      for (let step = 2; isSaving; step++) await saveCheckpoint(run, contentsAt(step), { keep: 1 });
    };
    await saveCheckpoint(run, contentsAt(1, 600_000));
    const saved = saving();
    try {
      for (let i = 0; i < 200; i++) {
        expect((await loadCheckpoint(run)).step).toBeGreaterThan(0);
        expect((await loadCheckpointFacts(run)).step).toBeGreaterThan(0);
      }
    } finally {
      isSaving = false;
      await saved;
    }
  });

  it.each(['an empty manifest', 'an empty folder'])(
    'of the newest with %s is told of the whole one before',
    async (fault) => {
      const whole = await saveCheckpoint(run, contentsAt(1));
      const newest = join(run, stepFolderName(2));
      await mkdir(newest);
      if (fault === 'an empty manifest') await writeFile(join(newest, 'manifest.json'), '');
      for (const read of [loadCheckpoint, loadCheckpointFacts]) {
        expect((await failure(read(run))).message).toMatch(new RegExp(`; use ${whole}$`));
      }
    },
  );
});

describe('saveProgress', () => {
  it('changes the progress of a checkpoint and nothing else, and deletes old ones', async () => {
    for (const step of [1, 2]) await saveCheckpoint(run, contentsAt(step), { keep: Infinity });
    const path = await saveCheckpoint(run, contentsAt(3), { keep: Infinity });
    expect(await listCheckpoints(run)).toHaveLength(3);
    const before = await loadCheckpoint(path);
    await mkdir(join(run, '.deleting-step-000000'));
    await saveProgress(path, { best: 7 }, { keep: 1, alwaysKeep: [1] });
    expect(await loadCheckpoint(path)).toEqual({ ...before, progress: { best: 7 } });
    expect((await readdir(run)).sort()).toEqual(['step-000001', 'step-000003']);
  });

  it('refuses a checkpoint whose manifest was edited', async () => {
    const path = await saveCheckpoint(run, contentsAt(3));
    await writeFile(join(path, 'manifest.json'), '{}');
    await failure(saveProgress(path, { best: 7 }));
    expect(await readdir(run)).toEqual(['step-000003']);
  });
});

describe('saveCheckpoint and loadCheckpoint', () => {
  it('give back what was saved, from the run folder and from the step folder', async () => {
    const path = await saveCheckpoint(run, contentsAt(400));
    expect(path).toBe(join(run, 'step-000400'));
    expect((await readdir(path)).sort()).toEqual([
      'manifest.json',
      'optimizer.safetensors',
      'weights.safetensors',
    ]);
    expect(await loadCheckpoint(run)).toEqual({ ...contentsAt(400), path, run });
    expect(await loadCheckpoint(path)).toEqual({ ...contentsAt(400), path, run });
  });

  it('write the same bytes for the same contents', async () => {
    await saveCheckpoint(join(run, 'a'), contentsAt(1));
    await saveCheckpoint(join(run, 'b'), contentsAt(1));
    for (const name of ['manifest.json', 'weights.safetensors', 'optimizer.safetensors']) {
      const [a, b] = await Promise.all(
        ['a', 'b'].map((run1) => readFile(join(run, run1, 'step-000001', name))),
      );
      expect(a!.equals(b!)).toBe(true);
    }
  });

  it('keep the newest two and those asked for, and sort steps as numbers', async () => {
    for (const step of [1, 2, 999_999, 1_000_000])
      await saveCheckpoint(run, contentsAt(step), { alwaysKeep: [1] });
    expect((await readdir(run)).sort()).toEqual(['step-000001', 'step-1000000', 'step-999999']);
    expect((await loadCheckpoint(run)).step).toBe(1_000_000);
    await saveCheckpoint(run, contentsAt(1_000_001), { keep: 1 });
    expect((await listCheckpoints(run)).map(({ step }) => step)).toEqual([1_000_001]);
  });

  it('refuse to replace a step, and a keep that would delete all', async () => {
    await saveCheckpoint(run, contentsAt(3));
    const message = (await failure(saveCheckpoint(run, { ...contentsAt(3), weights: new Map() }))).message;
    expect(message).toContain('checkpoint step-000003: expected a new step folder');
    expect(await loadCheckpoint(run)).toEqual({ ...contentsAt(3), path: join(run, 'step-000003'), run });
    expect((await failure(saveCheckpoint(run, contentsAt(4), { keep: 0 }))).message).toContain(
      'expected keep to be',
    );
  });

  it('clear away what killed saves and deletions left, and never load it', async () => {
    await saveCheckpoint(run, contentsAt(1));
    await cp(join(run, 'step-000001'), join(run, '.saving-step-000009-123'), { recursive: true });
    await mkdir(join(run, '.deleting-step-000000'));
    expect((await loadCheckpoint(run)).step).toBe(1);
    await saveCheckpoint(run, contentsAt(2));
    expect((await readdir(run)).sort()).toEqual(['step-000001', 'step-000002']);
  });

  it('move later checkpoints aside without losing them', async () => {
    for (const step of [1, 2, 3]) await saveCheckpoint(run, contentsAt(step), { keep: 9 });
    expect(await setAsideLater(run, 1)).toEqual([
      join(run, 'later-step-000002'),
      join(run, 'later-step-000003'),
    ]);
    await saveCheckpoint(run, contentsAt(2));
    expect(await setAsideLater(run, 1)).toEqual([join(run, 'later-step-000002-2')]);
    expect((await loadCheckpoint(run)).step).toBe(1);
    expect((await loadCheckpoint(join(run, 'later-step-000003'))).step).toBe(3);
  });
});

describe('a checkpoint that cannot be read', () => {
  beforeEach(async () => {
    await saveCheckpoint(run, contentsAt(300));
    await saveCheckpoint(run, contentsAt(400));
  });

  const weights = (): string => join(run, 'step-000400', 'weights.safetensors');

  it('is named with the bytes that are missing and the one to use instead', async () => {
    const { length } = await readFile(weights());
    await truncate(weights(), length - 10);
    expect((await failure(loadCheckpoint(run))).message).toBe(
      `checkpoint step-000400: weights.safetensors ends 10 bytes early; the file was cut off; use ${join(run, 'step-000300')}`,
    );
  });

  it('is found by its hash when a single bit is wrong', async () => {
    const bytes = await readFile(weights());
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(weights(), bytes);
    const { message } = await failure(loadCheckpoint(run));
    expect(message).toContain(
      'weights.safetensors is not what was saved (its hash differs); it is damaged; use',
    );
  });

  it('is found when bytes were added, or a file is gone', async () => {
    await appendFile(weights(), 'x');
    expect((await failure(loadCheckpoint(run))).message).toContain(
      'weights.safetensors is not what was saved',
    );
    await rm(weights());
    expect((await failure(loadCheckpoint(run))).message).toContain('expected weights.safetensors in');
  });

  it('is found when its manifest was edited, cut off, emptied or removed', async () => {
    await editManifest(400, (text) => text.replace('"step": 400', '"step": 401'));
    expect((await failure(loadCheckpoint(run))).message).toContain(
      'manifest.json was changed after it was written',
    );
    await editManifest(400, (text) => text.slice(0, 50));
    expect((await failure(loadCheckpoint(run))).message).toContain('expected JSON in manifest.json');
    await editManifest(400, () => '[]');
    expect((await failure(loadCheckpoint(run))).message).toContain(
      'expected a JSON object in manifest.json, got []',
    );
    await rm(join(run, 'step-000400', 'manifest.json'));
    expect((await failure(loadCheckpoint(run))).message).toContain('expected manifest.json in');
  });

  it('is told apart when another program or a newer version wrote it', async () => {
    await editManifest(400, (text) => text.replace('pavlov-checkpoint', 'other'));
    expect((await failure(loadCheckpoint(run))).message).toContain(
      `got "other"; it is not a checkpoint of this program`,
    );
    await editManifest(400, (text) =>
      text.replace('"other"', '"pavlov-checkpoint"').replace('"version": 1,', '"version": 2,'),
    );
    expect((await failure(loadCheckpoint(run))).message).toContain(
      'expected format version 1, got 2; use the version of pavlov-lm',
    );
  });

  it('names no other when no other is whole', async () => {
    for (const step of [300, 400]) await truncate(join(run, stepFolderName(step), 'weights.safetensors'), 9);
    expect((await failure(loadCheckpoint(run))).message).toMatch(/the file was cut off$/);
  });

  it('names an empty folder, a missing one and a file for what they are', async () => {
    await mkdir(join(run, 'empty'));
    expect((await failure(loadCheckpoint(join(run, 'empty')))).message).toContain(
      'got a folder with no checkpoint; check the path',
    );
    expect((await failure(loadCheckpoint(join(run, 'nowhere')))).message).toContain(
      'got nothing there; check the path',
    );
    expect((await failure(loadCheckpoint(weights()))).message).toContain('a file is in the way');
  });
});

describe('a disk that cannot be written', () => {
  it('is a message, and what was saved before stays, when permission is denied', async () => {
    await saveCheckpoint(run, contentsAt(1));
    await chmod(run, 0o555);
    // The superuser may write anywhere, so the test steps down for the time of the save.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      expect((await failure(saveCheckpoint(run, contentsAt(2)))).message).toBe(
        `checkpoint step-000002: expected to save it in ${run}, got EACCES; permission denied; make it accessible or choose another place`,
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(run, 0o755);
    }
    expect(await readdir(run)).toEqual(['step-000001']);
  });

  it('is a message when a file is where the folder should be', async () => {
    await writeFile(join(run, 'file'), '');
    const { message } = await failure(saveCheckpoint(join(run, 'file'), contentsAt(1)));
    expect(message).toContain('got ENOTDIR; a file is in the way; choose another folder');
  });

  it('is a message, with nothing lost and nothing left over, when files may grow no more', async () => {
    await saveCheckpoint(run, contentsAt(1));
    const command = `ulimit -f 64; exec "${process.execPath}" --import tsx "${SCRIPT}" "${run}" 60000 1`;
    const { stdout } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect(stdout).toContain('failed: checkpoint step-000002: expected to save it in');
    expect(stdout).toContain('got EFBIG');
    expect(await readdir(run)).toEqual(['step-000001']);
    expect((await loadCheckpoint(run)).step).toBe(1);
  });

  it('is a message, with nothing lost and nothing left over, when it is full', ({ skip }) => {
    const mount = `mount -t tmpfs -o size=400k tmpfs "${run}"`;
    if (spawnSync('unshare', ['-rm', 'sh', '-c', mount]).status !== 0) {
      console.log('skipped: no small file system can be mounted here (unshare -rm mount)');
      skip();
    }
    const save = (size: number): string =>
      `"${process.execPath}" --import tsx "${SCRIPT}" "${run}" ${size} 1`;
    const script = `${mount} && ${save(6000)} && ${save(60000)}; ls -A "${run}"; ${save(6)}`;
    const output = execFileSync('unshare', ['-rm', 'sh', '-c', script], { encoding: 'utf8' });
    expect(output.split('\n')).toEqual([
      '1',
      `failed: checkpoint step-000002: expected to save it in ${run}, got ENOSPC; the disk is full; free some space`,
      'step-000001',
      '2',
      '',
    ]);
  });
});
