import { inFile, type Mutant, type Sight } from './mutant.js';

const changes = (name: string): Sight => ({ test: 'test/play/changes.test.ts', filter: `^changes ${name}` });
const run = (name: string): Sight => ({
  test: 'test/play/runStore.test.ts',
  filter: `^a run that is played with ${name}`,
});

const graph: Sight = { test: 'test/web/playModel.test.ts', filter: '^a run of a play folder' };
const server = (name: string): Sight => ({
  test: 'test/cli/play.test.ts',
  filter: `^the server of pavlov play ${name}`,
});
const checkpoint = (name: string): Sight => ({
  test: 'test/web/withCheckpoint.test.ts',
  filter: `^an export with the weights of a checkpoint ${name}`,
});

/** Faults of the page of `pavlov play`, its graphs and its server, and of the curves that it shows. */
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
  ...inFile('export/onnx/playGraph.ts', [
    [
      'reads as they are',
      'times(readGroups(rule, state, given, ruleParams), factors.read)',
      'readGroups(rule, state, given, ruleParams)',
      graph,
    ],
    [
      'a blocked write that undoes the decay',
      'decayedState(rule, before, x.logDecay, ruleParams)',
      'before',
      graph,
    ],
    ['the decay as it is', 'logDecay: times(x.logDecay, decay)', 'logDecay: x.logDecay', graph],
    ['views of what the rule was not given', 'onStep(given, read);', 'onStep(x, read);', graph],
  ]),
  ...inFile('cli/verbs/play/playServer.ts', [
    ['pages may ask elsewhere', "connect-src 'self'", 'connect-src *', server('gives its files')],
    ['any method', 'request.method !== method', 'method === undefined', server('answers what is wrong')],
    ['any graph', 'if (!graph) throw', 'if (graph === null) throw', server('answers what is wrong')],
    [
      'any tensors',
      'if (names !== wanted) throw',
      'if (names === undefined) throw',
      server('answers what is wrong'),
    ],
  ]),
  ...inFile('web/withCheckpoint.ts', [
    [
      'weights of another size',
      'if (place && bytes && wanted === got)',
      'if (place && bytes)',
      checkpoint('is refused'),
    ],
    [
      'the weights of the export',
      'changed.set(bytes, place.start)',
      'changed.set(bytes.subarray(bytes.length), place.start)',
      checkpoint('computes'),
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
