import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { takeAttempt } from '../../../experiments/grid/attempt.js';
import { ConfigError } from '../../../src/core/errors.js';
import { codeOf } from '../../../src/core/diskErrors.js';
import { temporaryFolder } from '../../support/folder.js';

const folder = temporaryFolder();
const STALE_MS = 300;
/** For a lease that must not become stale while the processors are busy with something else. */
const LONG_MS = 2000;

it('is renewed while it is held, and free at once when it was given back', async () => {
  const cell = join(folder, 'renewed');
  const first = await takeAttempt(cell, { holder: 'worker a', staleMs: LONG_MS });
  await expect(takeAttempt(cell, { holder: 'worker b', staleMs: LONG_MS })).rejects.toThrow(
    new ConfigError(`cell ${cell}: is in use by worker a; wait for it or stop it`),
  );
  writeFileSync(join(first.folder, 'step'), '7');
  await first.end();
  const second = await takeAttempt(cell, { holder: 'worker b', staleMs: 600_000 });
  expect(readFileSync(join(second.folder, 'step'), 'utf8')).toBe('7');
  await second.end();
});

it('leaves one that was paused nothing to write to, and no lock of it in the way', async () => {
  const cell = join(folder, 'paused');
  const paused = await takeAttempt(cell, { holder: 'worker a', staleMs: STALE_MS });
  mkdirSync(join(paused.folder, 'run'));
  writeFileSync(join(paused.folder, 'run.lock'), '12 on elsewhere\n');
  writeFileSync(join(paused.folder, 'run', 'run.lock'), '12 on elsewhere\n');
  const taken = await takeAttempt(cell, { holder: 'worker b', staleMs: STALE_MS, isGiven: true });
  const write = (path: string): unknown => {
    try {
      writeFileSync(path, 'late');
    } catch (error) {
      return codeOf(error);
    }
    return 'written';
  };
  expect(write(join(paused.folder, 'run', 'step'))).toBe('ENOENT');
  expect(() => readFileSync(join(taken.folder, 'run.lock'))).toThrow('ENOENT');
  expect(() => readFileSync(join(taken.folder, 'run', 'run.lock'))).toThrow('ENOENT');
  await setTimeout(STALE_MS);
  expect([paused.lost.aborted, taken.lost.aborted]).toEqual([true, false]);
  await taken.end();
  await paused.end();
});

it('goes to one of several that want it', async () => {
  const cell = join(folder, 'several');
  const taken = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((holder) => takeAttempt(cell, { holder, staleMs: STALE_MS })),
  );
  const held = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(held.filter(({ lost }) => !lost.aborted)).toHaveLength(1);
  await Promise.all(held.map(({ end }) => end()));
});

it('says who holds it at every moment, and is not made again by a renewal after its end', async () => {
  const cell = join(folder, 'read');
  const held = await takeAttempt(cell, { holder: 'worker a', staleMs: 3 });
  const lease = join(held.folder, 'lease');
  const read = new Set<string>();
  for (let i = 0; i < 2000; i++) {
    await setImmediate();
    for (let j = 0; j < 20; j++) read.add(readFileSync(lease, 'utf8'));
  }
  expect(Array.from(read)).toEqual(['worker a\n']);
  await held.end();
  await setTimeout(20);
  expect(existsSync(lease)).toBe(false);
});
