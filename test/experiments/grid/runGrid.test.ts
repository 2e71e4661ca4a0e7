import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cellHash, groupHash } from '../../../experiments/grid/cellHash.js';
import type { Cell, GridEvent, GridOutcome, GroupOutcome } from '../../../experiments/grid/contract.js';
import { temporaryFolder } from '../../support/folder.js';
import { runToys } from './toyGrid.js';
import { toyCell } from './toyKind.js';

const home = temporaryFolder();
let grids = 0;
const newFolder = (): string => join(home, `grid-${++grids}`);

const SCRIPT = fileURLToPath(new URL('./toyGrid.ts', import.meta.url));

function groupsOf(outcome: GridOutcome): readonly GroupOutcome[] {
  expect(outcome.type).toBe('done');
  return outcome.type === 'done' ? outcome.groups : [];
}

/** What a grid came to, without the place where it ran. */
function facts(outcome: GridOutcome): unknown {
  return groupsOf(outcome).map(({ cells, chosen, tested }) => ({
    cells: cells.map(({ id, trained }) => ({ id, trained })),
    chosen: chosen?.id,
    tested,
  }));
}

const traceOf = (out: string, cell: Cell): string[] =>
  readFileSync(join(out, 'cells', cellHash(cell), 'trace'), 'utf8')
    .trim()
    .split('\n');

/** Starts a grid in a process group of its own, and kills the whole group after some cells have ended. */
async function killAfter(out: string, cells: readonly Cell[], ends: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, out, JSON.stringify(cells)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const gone = once(child, 'exit');
  let seen = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString().split('\n').length - 1;
    if (seen >= ends && child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
  });
  const [, signal] = (await gone) as unknown[];
  expect(signal).toBe('SIGKILL');
}

describe('runGrid', { timeout: 240_000 }, () => {
  it('trains every cell, chooses by validation alone and tests the chosen one, once', async () => {
    const out = newFolder();
    const rates = [1, 0.1, 0.01];
    const cells = [1, 2].flatMap((seed) => rates.map((rate) => toyCell({ seed, rate })));
    const groups = groupsOf(await runToys(out, cells));
    // By test alone the rate 1 would win.
    expect(groups.map(({ chosen, tested }) => [chosen?.id, tested])).toEqual(
      [1, 2].map((seed) => [
        cellHash(toyCell({ seed, rate: 0.1 })),
        { status: 'done', test: seed + 0.1, metrics: { points: seed + 0.1 }, slices: [] },
      ]),
    );
    const again: GridEvent[] = [];
    const second = await runToys(out, cells, { onEvent: (event) => again.push(event) });
    expect(groupsOf(second)).toEqual(groups);
    expect(again).toEqual([{ type: 'start', cells: 6, groups: 2, finished: 6 }]);
    const traces = cells.map((cell) => traceOf(out, cell));
    const trained = [['train'], ['train', 'test'], ['train']];
    expect(traces).toEqual([...trained, ...trained]);
  });

  it('reports cells that diverge, throw, crash or are killed, and finishes the others', async () => {
    const out = newFolder();
    const fates = ['diverges', 'throws', 'crashes', 'killed', 'fine', 'fine'] as const;
    const cells = fates.map((fate, i) => toyCell({ fate, seed: i }));
    const outcome = await runToys(out, cells);
    const results = groupsOf(outcome).map(({ cells: [cell] }) => cell?.trained);
    expect(results.slice(0, 4)).toEqual([
      { status: 'diverged', reason: 'loss NaN; the last good checkpoint is ./step-1' },
      { status: 'failed', reason: 'expected a toy, got none' },
      {
        status: 'failed',
        reason: 'the process of the cell ended with exit code 7: fatal error: toy out of order',
        died: true,
      },
      {
        status: 'failed',
        reason:
          'the process of the cell ended with signal SIGKILL; the system may have been short of memory, try fewer --jobs',
        died: true,
      },
    ]);
    expect(results.slice(4).map((result) => result?.status)).toEqual(['done', 'done']);
    expect(groupsOf(outcome).map(({ tested }) => tested?.status)).toEqual([
      ...[undefined, undefined, undefined, undefined],
      ...['done', 'done'],
    ]);
    expect(readFileSync(join(out, 'cells', cellHash(cells[2]!), 'log.txt'), 'utf8')).toMatch(
      /train with 1 threads\n[^]*step 1 with 1 threads\n[^]*fatal error: toy out of order\n/,
    );
  });

  it('tries a failed cell again while its group is untested, and never after', async () => {
    const out = newFolder();
    const alone = toyCell({ fate: 'crashesTwice', seed: 1 });
    const tested = [0.1, 0.01].map((rate) => toyCell({ seed: 2, rate }));
    const statuses = async (): Promise<unknown[]> =>
      groupsOf(await runToys(out, [alone, ...tested])).map((group) => group.tested?.status);
    expect(await statuses()).toEqual([undefined, 'done']);
    // As if the better cell of the tested group had failed.
    const folder = join(out, 'cells', cellHash(tested[1]!));
    writeFileSync(join(folder, 'result.json'), '{ "status": "failed", "reason": "no memory" }');
    expect(await statuses()).toEqual(['done', 'done']);
    expect(traceOf(out, tested[1]!)).toEqual(['train']);
    expect(traceOf(out, alone)).toEqual(['train', 'train', 'train', 'test']);
  });

  it('lets no process that died decide a learning rate', async () => {
    // A cell at the rate 1 meets no fate.
    const cells = (['crashesOnce', 'crashesTwice'] as const).flatMap((fate) =>
      [0.1, 1].map((rate) => toyCell({ fate, rate })),
    );
    const out = newFolder();
    const groups = groupsOf(await runToys(out, cells));
    expect(groups.map(({ chosen }) => chosen?.cell.config.optimizer)).toEqual([
      { learningRate: 0.1 },
      undefined,
    ]);
    expect(groups[1]?.cells.map(({ trained }) => trained.status)).toEqual(['failed', 'done']);
    const again = groupsOf(await runToys(out, cells));
    expect(again.map(({ chosen }) => chosen?.cell.config.optimizer)).toEqual([
      { learningRate: 0.1 },
      { learningRate: 0.1 },
    ]);
  });

  it('a grid of 12 cells that was killed twice comes to the same as one that was not', async () => {
    const cells = [1, 2].flatMap((seed) =>
      (['fine', 'diverges'] as const).flatMap((fate) =>
        [0.3, 0.1, 0.03].map((rate) => toyCell({ seed, fate, rate, steps: 5, stepMs: 20 })),
      ),
    );
    const [straight, killed] = [newFolder(), newFolder()];
    const wanted = facts(await runToys(straight, cells));
    await killAfter(killed, cells, 3);
    await killAfter(killed, cells, 6);
    expect(facts(await runToys(killed, cells))).toEqual(wanted);
    const traces = cells.flatMap((cell) => traceOf(killed, cell));
    expect(traces.filter((stage) => stage === 'train').length).toBeGreaterThan(12);
    expect(traces.filter((stage) => stage === 'test').length).toBeLessThanOrEqual(2 + 2);
  });

  it('stops what is under way when asked, and goes on where it was', async () => {
    const out = newFolder();
    const cells = [1, 2, 3].map((seed) => toyCell({ seed, steps: 30, stepMs: 20 }));
    const controller = new AbortController();
    const stopped = await runToys(out, cells, {
      signal: controller.signal,
      onEvent: (event) => event.type === 'progress' && controller.abort(),
    });
    expect(stopped).toEqual({ type: 'interrupted', finished: 0, cells: 3 });
    const steps = cells.map(({ config }) => {
      const file = join(out, 'cells', cellHash({ kind: 'toy', config }), 'step');
      return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    });
    expect(Math.max(...steps)).toBeGreaterThan(0);
    expect(Math.max(...steps)).toBeLessThan(30);
    expect(readdirSync(out)).not.toContain('run.lock');
    expect(groupsOf(await runToys(out, cells)).map(({ tested }) => tested?.status)).toEqual(
      Array(3).fill('done'),
    );
  });

  it('that cannot keep a choice, or whose listener throws, ends with nothing left running', async () => {
    const cells = [1, 2, 3, 4, 5, 6].map((seed) => toyCell({ seed, stepMs: 100 }));
    const steps = (out: string): string[] =>
      cells.map((cell) => {
        const file = join(out, 'cells', cellHash(cell), 'step');
        return existsSync(file) ? readFileSync(file, 'utf8') : '';
      });
    const unwritable = newFolder();
    for (const cell of cells) {
      mkdirSync(join(unwritable, 'groups', `${groupHash(cell)}.json.${process.pid}.part`), {
        recursive: true,
      });
    }
    await expect(runToys(unwritable, cells)).rejects.toThrow(/^grid file .*: expected to write it/);
    const before = steps(unwritable);
    expect(before.filter((step) => step === '4').length).toBeLessThan(4);
    expect(readdirSync(unwritable)).not.toContain('run.lock');
    await expect(
      runToys(newFolder(), cells, {
        onEvent: ({ type }) => {
          if (type === 'begin') throw new Error('no ears');
        },
      }),
    ).rejects.toThrow('no ears');
    expect(steps(unwritable)).toEqual(before);
  });

  it('writes the log of a cell through no link in a folder from elsewhere', async () => {
    const [out, cell] = [newFolder(), toyCell()];
    const folder = join(out, 'cells', cellHash(cell));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(home, 'theirs'), 'theirs');
    symlinkSync(join(home, 'theirs'), join(folder, 'log.txt'));
    await expect(runToys(out, [cell])).rejects.toThrow(
      'log.txt: expected a file that a grid wrote, got a link',
    );
    expect(readFileSync(join(home, 'theirs'), 'utf8')).toBe('theirs');
  });

  it.each(['cells', 'groups', 'cell'])('follows no link in the place of its folder %s', async (name) => {
    const [out, cell] = [newFolder(), toyCell()];
    const [path, theirs] = [name === 'cell' ? `cells/${cellHash(cell)}` : name, join(home, `for ${name}`)];
    for (const folder of [theirs, join(out, 'cells'), dirname(join(out, path))])
      mkdirSync(folder, { recursive: true });
    rmSync(join(out, path), { recursive: true, force: true });
    symlinkSync(theirs, join(out, path));
    await expect(runToys(out, [cell])).rejects.toThrow('got ELOOP; a link is in the place');
    expect(readdirSync(theirs)).toEqual([]);
  });

  it('gets through more cells than one process is given', async () => {
    const cells = Array.from({ length: 40 }, (_, seed) => toyCell({ seed, steps: 1 }));
    const out = newFolder();
    const groups = groupsOf(await runToys(out, cells, { jobs: 1 }));
    expect(groups.map(({ tested }) => tested?.status)).toEqual(Array(40).fill('done'));
    const processes = cells.map((cell) => readFileSync(join(out, 'cells', cellHash(cell), 'pid'), 'utf8'));
    expect(new Set(processes).size).toBe(2);
  });

  it('refuses equal cells, cells without a rate and other rates than those chosen among', async () => {
    const out = newFolder();
    await expect(runToys(out, [toyCell(), toyCell()])).rejects.toThrow(
      'grid: cells 1 and 2 have the same config; leave one out',
    );
    await expect(runToys(out, [{ kind: 'toy', config: {} }])).rejects.toThrow(
      'grid: expected a number in optimizer.learningRate of every cell, got undefined',
    );
    await runToys(out, [toyCell({ rate: 0.1 })]);
    await expect(runToys(out, [toyCell({ rate: 0.1 }), toyCell({ rate: 1 })])).rejects.toThrow(
      'expected the learning rates 0.1, among which one was chosen and tested, got 0.1, 1; the test split is touched once',
    );
  });

  it('takes over the lock of a process that is gone, and no other', async () => {
    const out = newFolder();
    mkdirSync(out);
    writeFileSync(join(out, 'run.lock'), `${process.ppid} on ${hostname()}\n`);
    await expect(runToys(out, [toyCell()])).rejects.toThrow(
      `run folder ${out} is in use by process ${process.ppid}`,
    );
    writeFileSync(join(out, 'run.lock'), `999999999 on ${hostname()}\n`);
    expect(groupsOf(await runToys(out, [toyCell()])).length).toBe(1);
  });

  it('says which file is damaged', async () => {
    const out = newFolder();
    await runToys(out, [toyCell()]);
    const file = join(out, 'cells', cellHash(toyCell()), 'result.json');
    writeFileSync(file, '{ "status": "done" }');
    await expect(runToys(out, [toyCell()])).rejects.toThrow(
      `grid file ${file}: expected the result of a training, got`,
    );
    writeFileSync(file, '{ "stat');
    await expect(runToys(out, [toyCell()])).rejects.toThrow(
      `grid file ${file}: expected JSON, got '{ "stat'`,
    );
  });
});

describe('cellHash', () => {
  it('does not depend on the order of fields, and on everything else', () => {
    const [a, b] = [
      { x: 1, y: [{ p: 1, q: null }] },
      { y: [{ q: null, p: 1 }], x: 1 },
    ];
    expect(cellHash({ kind: 'toy', config: a })).toBe(cellHash({ kind: 'toy', config: b }));
    const others = [
      { ...a, x: 2 },
      { ...a, z: 1 },
      { x: 1, y: [] },
    ].map((config) => cellHash({ kind: 'toy', config }));
    expect(
      new Set([cellHash({ kind: 'toy', config: a }), cellHash({ kind: 'task', config: a }), ...others]).size,
    ).toBe(5);
    expect(cellHash({ kind: 'toy', config: a })).toMatch(/^[0-9a-f]{12}$/);
  });
});
