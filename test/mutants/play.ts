import { inFile, type Mutant, type Sight } from './mutant.js';

const changes = (name: string): Sight => ({ test: 'test/play/changes.test.ts', filter: `^changes ${name}` });
const run = (name: string): Sight => ({
  test: 'test/play/runStore.test.ts',
  filter: `^a run that is played with ${name}`,
});

/** Faults of the page of `pavlov play`, and of the curves that it shows. */
export const playMutants: readonly Mutant[] = [
  ...inFile('play/view/changes.ts', [
    [
      'a write blocked at every token',
      " || (one.kind === 'block' && one.token !== place)",
      '',
      changes('block a write'),
    ],
    [
      'the write of a head in place of its memory',
      'factorsOf(memories, ownMemories, 0)',
      'factorsOf(memories, own, 0)',
      changes('block a write'),
    ],
    [
      'only the last of two factors',
      'a ? a.map((x, i) => x * (b[i] ?? 1)) : b',
      'b',
      changes('of one thing'),
    ],
  ]),
  ...inFile('play/runStore.ts', [
    [
      'read again from the token after',
      'const first = firstChanged(interventions);',
      'const first = firstChanged(interventions) + 1;',
      run('reads the text again'),
    ],
    [
      'a patch after the token',
      'if (token === place) model.patch',
      'if (token === place - 1) model.patch',
      run('puts the memory'),
    ],
    [
      'two texts at once',
      '    this.ending.abort();\n    this.ending =',
      '    this.ending =',
      run('stops when'),
    ],
  ]),
  ...inFile('eval/lab/learningCurves.ts', [
    [
      'theory one round late',
      '[field]: n };',
      '[field]: n - 1 };',
      { test: 'test/eval/lab/learningCurves.test.ts', filter: '^learning curves' },
    ],
  ]),
];
