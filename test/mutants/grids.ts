import { inFile, type Mutant, type Sight } from './mutant.js';

const attempt = (name: string): Sight => ({
  test: 'test/experiments/grid/attempt.test.ts',
  filter: `^${name}`,
});
const grid = (name: string): Sight => ({ test: 'test/experiments/grid/runGrid.test.ts', filter: name });

const view: Sight = { test: 'test/cli/gridProgress.test.ts', filter: 'says what a grid takes' };
const spare = (name: string): Sight => ({ test: 'test/engine/spareSessions.test.ts', filter: name });

/** Faults in leases, in what is run and counted, in what is measured first, and in what cells share. */
export const gridMutants: readonly Mutant[] = [
  ...inFile('experiments/grid/attempt.ts', [
    [
      'a lease is never renewed',
      'const timer = setInterval(() => void renew(), staleMs / 3);',
      'const timer = setInterval(() => void renew(), staleMs * 30);',
      attempt('is renewed while it is held'),
    ],
    [
      'a lease counts as stale at once',
      'return (await renewedAt(folder)) === before;',
      'return true;',
      attempt('is renewed while it is held'),
    ],
    [
      'who was paused is not told that its lease is lost',
      'if (isMissing(error)) lost.abort();',
      'if (!isMissing(error)) lost.abort();',
      attempt('leaves one that was paused'),
    ],
    [
      'a cell that is taken over keeps its name',
      'const folder = join(cell, `attempt-${from + 1}`);',
      'const folder = join(cell, `attempt-${from}`);',
      attempt('leaves one that was paused'),
    ],
  ]),
  ...inFile('experiments/grid/runGrid.ts', [
    [
      'a cell may be in a grid twice',
      'if (before !== undefined) {',
      'if (before === undefined && i < 0) {',
      grid('refuses equal cells'),
    ],
    [
      'a learning rate is chosen where the process of another died',
      "if (cells.some(({ trained }) => trained.status === 'failed' && trained.died === true)) return undefined;",
      '',
      grid('lets no process that died decide'),
    ],
    [
      'a cell that failed is not tried again',
      "const isFinal = before && (before.status !== 'failed' || isChosen);",
      'const isFinal = before !== undefined;',
      grid('tries a failed cell again'),
    ],
    [
      'the worst on validation is chosen',
      "const score = trained.best === 'high' ? trained.validation : -trained.validation;",
      "const score = trained.best === 'low' ? trained.validation : -trained.validation;",
      grid('chooses by validation alone'),
    ],
  ]),
  ...inFile('experiments/grid/workerPool.ts', [
    ['cells that wait are run after a stop', 'this.stopped = true;', '', grid('stops what is under way')],
  ]),
  ...inFile('cli/slurm.ts', [
    [
      'an array is collected into the folder that it had when it was submitted',
      "const args = [...parsed.data.args, '--out', relative(folder, resolve(out))];",
      'const { args } = parsed.data;',
      { test: 'test/cli/slurm.test.ts', filter: 'a folder that was moved' },
    ],
    [
      'a dry run of an array does not say how many cells there are',
      'output.note(`${cells} cells ${placeOf(plan.cells, { slurm: true }).text}`);',
      '',
      { test: 'test/cli/slurm.test.ts', filter: 'a dry run prints the script' },
    ],
  ]),
  ...inFile('experiments/queue/queueExecutor.ts', [
    [
      'an order is taken for ended before its result is read',
      'if (finishedOn === undefined) return undefined;',
      '',
      {
        test: 'test/experiments/queue/queue.test.ts',
        filter: 'takes what has ended while it was looked at',
      },
    ],
    [
      'a server that has forgotten everything is told of orders alone',
      'const provided = (isNew ? this.provided.get(name) : undefined) ?? this.provide(order.needs);',
      'const provided = this.provided.get(name) ?? this.provide(order.needs);',
      {
        test: 'test/experiments/queue/queue.test.ts',
        filter: 'ends on a server that has forgotten',
      },
    ],
  ]),
  ...inFile('experiments/runPlan.ts', [
    [
      'all cells begin while the first is measured',
      'if (!isFirst) await opened;',
      '',
      { test: 'test/experiments/runPlan.test.ts', filter: 'runs the first cell alone' },
    ],
  ]),
  ...inFile('cli/gridView.ts', [
    [
      'a cell is thought to take what its process took to start',
      'const [passed, gained] = [elapsed - this.measuredFrom.at, made - this.measuredFrom.made];',
      'const [passed, gained] = [elapsed, made];',
      view,
    ],
    [
      'cells are thought to run one after another',
      '(secondsPerCell * left) / places',
      'secondsPerCell * left',
      view,
    ],
  ]),
  ...inFile('src/engine/graph/spareSessions.ts', [
    [
      'sessions that nobody uses are kept',
      'isFull || this.engines - since > ENGINES',
      'isFull',
      spare('are released when engines end'),
    ],
  ]),
  ...inFile('src/engine/graph/session.ts', [
    [
      'a session is taken for one with other threads',
      '.update(JSON.stringify(settings))',
      '',
      spare('are used by later engines'),
    ],
  ]),
];
