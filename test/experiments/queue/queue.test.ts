import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Job } from 'bullmq';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadCorpus } from '../../../data/text/loadCorpus.js';
import { temporaryFolder } from '../../support/folder.js';
import { HAS_REDIS, testRedis } from '../../support/redis.js';
import { runToys } from '../grid/toyGrid.js';
import { toyCell } from '../grid/toyKind.js';
import { facts, startProgram } from './queueGrid.js';
import { runQueued } from './toyQueueCaller.js';

const folder = temporaryFolder();
const redis = testRedis();
const forgetful = testRedis({ forgets: true });
const at = (name: string): string => join(folder, name);

describe.skipIf(!HAS_REDIS)('a grid by the workers of a Redis server', () => {
  beforeAll(redis.start);

  it('ends on a server that has forgotten everything, the text that was pushed too', async () => {
    await forgetful.start();
    // A relative path, so that a worker with another working directory lacks it.
    process.chdir(folder);
    const source = 'text.jsonl';
    const lines = Array.from({ length: 40 }, (_, i) => `{"text":"${i} cats met ${i * 7} dogs."}\n`);
    writeFileSync(source, lines.join(''));
    const { fingerprint } = await loadCorpus(source, {});
    const { kind, config } = toyCell({ seed: 7 });
    const cells = [{ kind, config: { ...config, data: { source, textColumn: null } }, text: fingerprint }];
    const elsewhere = at('elsewhere');
    mkdirSync(elsewhere);
    let kills: Promise<unknown> | undefined;
    const forget = async (): Promise<void> => {
      await forgetful.kill();
      await forgetful.start();
      startProgram('toyQueueWorker', [forgetful.url(), 'own', '1'], { cwd: elsewhere });
    };
    const grid = runQueued(forgetful.url(), at('forgotten'), cells, {
      pushData: true,
      onNote: (note) => {
        if (note.includes('none is connected')) kills ??= forget();
      },
    });
    expect(facts(await grid)).toEqual(facts(await runToys(at('local-text'), cells)));
    await kills;
    expect(readdirSync(join(elsewhere, 'own', 'data'))).toEqual([fingerprint]);
  });

  it('takes what has ended while it was looked at, once its result is read', async () => {
    const read = Job.fromId.bind(Job);
    const slow = vi.spyOn(Job, 'fromId').mockImplementation(async (...order) => {
      const job = await read(...order);
      // What was read before the end is given back right after it, and before what is read later.
      if (job?.finishedOn !== undefined) await setTimeout(1000);
      else while (job && !(await job.isCompleted())) await setTimeout(100);
      return job;
    });
    startProgram('toyQueueWorker', [redis.url(), at('w3'), '1']);
    const grid = await runQueued(redis.url(), at('looked'), [toyCell({ seed: 300, stepMs: 1000 })]);
    slow.mockRestore();
    expect(grid.type).toBe('done');
  });
});
