import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/folder.js';
import { HAS_REDIS, testRedis } from '../../support/redis.js';
import { runToys } from '../grid/toyGrid.js';
import { toyCell } from '../grid/toyKind.js';
import { facts, killGroup, startProgram } from './queueGrid.js';
import { runQueued } from './toyQueueCaller.js';

const folder = temporaryFolder();
const redis = testRedis();
const at = (name: string): string => join(folder, name);

describe.skipIf(!HAS_REDIS)('a grid by the workers of a Redis server', () => {
  it('comes to the same as on one machine when a worker and the server are killed and two callers share cells', async () => {
    await redis.start();
    const cells = [1, 2, 3, 4].flatMap((seed) =>
      [0.1, 1].map((rate) => toyCell({ seed, rate, stepMs: 100, fate: seed === 3 ? 'throws' : 'fine' })),
    );
    const local = facts(await runToys(at('local'), cells));
    const first = startProgram('toyQueueWorker', [redis.url(), at('w1'), '2']);
    let kills: Promise<unknown> | undefined;
    const strike = async (): Promise<void> => {
      await killGroup(first);
      await redis.kill();
      await redis.start();
      startProgram('toyQueueWorker', [redis.url(), at('w2'), '2']);
    };
    const [one, two] = await Promise.all([
      runQueued(redis.url(), at('one'), cells, {
        onEvent: ({ type }) => {
          if (type === 'end') kills ??= strike();
        },
      }),
      runQueued(redis.url(), at('two'), cells.slice(2)),
    ]);
    await kills;
    expect(kills).toBeDefined();
    expect(facts(one)).toEqual(local);
    expect(facts(two)).toEqual((local as unknown[]).slice(1));
  });
});
