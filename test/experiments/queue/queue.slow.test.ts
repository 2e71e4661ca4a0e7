import { createConnection, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cell } from '../../../experiments/grid/contract.js';
import { cellHash } from '../../../experiments/grid/cellHash.js';
import { temporaryFolder } from '../../support/folder.js';
import { HAS_REDIS, testRedis } from '../../support/redis.js';
import { runToys } from '../grid/toyGrid.js';
import { toyCell } from '../grid/toyKind.js';
import { copyAsOtherBuild, facts, killGroup, resultBytes, signalGroup, startProgram } from './queueGrid.js';
import { runQueued } from './toyQueueCaller.js';

const folder = temporaryFolder();
const redis = testRedis();
const at = (name: string): string => join(folder, name);

/** A network between a worker and the server that can be cut: connections hang and new ones are refused. */
async function network(port: number) {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = createConnection(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => isCut || to.write(chunk));
      from.on('error', () => undefined).on('close', () => to.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => void server.close());
  const address = server.address();
  return {
    url: `redis://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    cut: () => (isCut = true),
    mend: () => {
      isCut = false;
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
  };
}

/** Longer than a busy machine keeps a process from its turn. */
const LEASE = '10';

/** What holds sooner or later is waited for, however busy the machine is. */
const sooner = <T>(holds: () => T): Promise<T> => vi.waitFor(holds, { timeout: 600_000, interval: 200 });

/** Waits until a worker or a caller has a cell in its folder. */
const hasBegun = (name: string): Promise<void> =>
  sooner(() => expect(readdirSync(join(at(name), 'cells'))).not.toEqual([]));

describe.skipIf(!HAS_REDIS)('60 cells by three workers of a Redis server', () => {
  beforeAll(redis.start);

  it('come to the same bytes as on one machine, whatever is killed, paused for two minutes or cut off', async () => {
    const wire = await network(redis.port());
    const cells = Array.from({ length: 20 }, (_, seed) =>
      [0.1, 0.5, 1].map((rate) =>
        toyCell({ seed, rate, steps: 60, stepMs: 150, fate: seed === 3 ? 'throws' : 'fine' }),
      ),
    ).flat();
    const onOne = runToys(at('local'), cells, { jobs: 6 });
    const work = (name: string, url = redis.url(), ...more: string[]) =>
      startProgram('toyQueueWorker', [url, at(name), '2', LEASE, ...more]);
    const [killed, paused] = [work('killed'), work('paused')];
    work('cut', wire.url);
    const caller = startProgram('toyQueueCaller', [redis.url(), at('one'), JSON.stringify(cells)]);
    const other = runQueued(redis.url(), at('two'), cells.slice(30));
    await Promise.all(['killed', 'paused', 'cut', 'one', 'two'].map(hasBegun));
    signalGroup(paused, 'SIGSTOP');
    const woken = setTimeout(120_000).then(() => signalGroup(paused, 'SIGCONT'));
    await killGroup(killed);
    wire.cut();
    await killGroup(caller);
    await redis.kill();
    await setTimeout(1000);
    await redis.start();
    let isPaused = true;
    void woken.then(() => (isPaused = false));
    const one = runQueued(redis.url(), at('one'), cells);
    const wasPaused = one.then(() => isPaused);
    // Twice as long as its lease.
    await setTimeout(20_000);
    wire.mend();
    work('late');
    await woken;
    const [local, queued, half] = await Promise.all([onOne, one, other]);
    expect(await wasPaused, 'the grid should go on after the pause').toBe(false);
    const wanted = resultBytes(cells, local);
    expect(wanted.split('\n')).toHaveLength(21);
    expect(resultBytes(cells, queued)).toBe(wanted);
    expect(resultBytes(cells, half)).toBe(wanted.split('\n').slice(10).join('\n'));
    expect(facts(queued)).toEqual(facts(local));
  });

  it('go on from the checkpoint of a worker that was paused, which then writes nothing', async () => {
    await redis.kill();
    await redis.start();
    const shared = at('shared');
    const cells = [1, 2].map((seed) => toyCell({ seed: 100 + seed, steps: 60, stepMs: 200 }));
    const local = facts(await runToys(at('local-shared'), cells));
    const paused = startProgram('toyQueueWorker', [redis.url(), at('s1'), '2', LEASE, shared]);
    const grid = runQueued(redis.url(), at('three'), cells);
    const attempts = (cell: Cell): string[] => readdirSync(join(shared, 'cells', cellHash(cell)));
    const read = (cell: Cell, name: string): string =>
      readFileSync(join(shared, 'cells', cellHash(cell), attempts(cell)[0] ?? '', name), 'utf8');
    await sooner(() => cells.forEach((cell) => expect(Number(read(cell, 'step'))).toBeGreaterThan(1)));
    signalGroup(paused, 'SIGSTOP');
    startProgram('toyQueueWorker', [redis.url(), at('s2'), '2', LEASE, shared]);
    await sooner(() => cells.forEach((cell) => expect(read(cell, 'trace')).toMatch(/^train\ntrain\n/)));
    signalGroup(paused, 'SIGCONT');
    expect(facts(await grid)).toEqual(local);
    for (const cell of cells) {
      expect(attempts(cell)).toHaveLength(1);
      expect(read(cell, 'trace')).toBe('train\ntrain\ntest\n');
    }
    await sooner(() => expect(paused.said()).toMatch(/lost|too late/));
  });

  it('wait with a word for a worker of the same build, and give none of another a cell', async () => {
    const cells = [toyCell({ seed: 200 })];
    const local = facts(await runToys(at('local-alone'), cells));
    copyAsOtherBuild(at('sources'));
    const notes: string[] = [];
    const answers: readonly [RegExp, () => void][] = [
      [
        /none is connected/,
        () => startProgram('toyQueueWorker', [redis.url(), at('other'), '1', LEASE], { root: at('sources') }),
      ],
      [/of another \(/, () => startProgram('toyQueueWorker', [redis.url(), at('same'), '1', LEASE])],
    ];
    const grid = runQueued(redis.url(), at('alone'), cells, {
      onNote: (text) => {
        const [wanted, answer] = answers[notes.length] ?? [];
        if (wanted?.test(text) !== true) return;
        notes.push(text);
        answer?.();
      },
    });
    expect(facts(await grid)).toEqual(local);
    expect(notes).toHaveLength(2);
    expect(readdirSync(at('other'))).toEqual(['worker.json']);
  });
});
