import { inFile, type Mutant, type Sight } from './mutant.js';

const attempt = (name: string): Sight => ({
  test: 'test/experiments/grid/attempt.test.ts',
  filter: `^${name}`,
});
const grid = (name: string): Sight => ({ test: 'test/experiments/grid/runGrid.test.ts', filter: name });

/** Faults in leases and in the count of cells. */
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
  ]),
];
