import { defineConfig } from 'vitest/config';

/**
 * Files that share processes: to import TensorFlow.js anew for each of them takes a minute in all. Not those that change
 * what others would see, by adding to a registry, or that start processes.
 */
const shared = [
  'test/{chunks,contract,core,eval,export,gates,layers,ops,optim,report,verify}/**/*.test.ts',
  'test/{mixers,model,rules}/**/!(register*|config).test.ts',
  'test/cli/{failure,format,gridRows,optionValues,typedTexts}.test.ts',
  'test/data/tasks/!(docs).test.ts',
  'test/data/text/!(download|fetchTinyStories|hostileServer|work).test.ts',
  'test/engine/{eagerEngine,scan}.test.ts',
  'test/experiments/{cost,equalise,planTasks}.test.ts',
  'test/experiments/grid/{attempt,worker,workerPool}.test.ts',
  'test/play/*.test.ts',
  'test/train/config/{inheritedNames,knownAs,renamedKeys,resolveConfig,schema}.test.ts',
  'test/train/{diagnostics,logs,tasks}/*.test.ts',
  'test/train/{clock,fineTune,generate,loop,pace,run,runFaults,updater}.test.ts',
  'test/web/{playModel,shares,web,withCheckpoint}.test.ts',
  'test/support/close.test.ts',
];

/** Of configs of their own. */
const elsewhere = ['test/**/*.slow.test.ts', 'test/**/*.device.test.ts'];

export default defineConfig({
  // What is written for users of the package runs on the sources.
  resolve: {
    alias: [
      { find: /^pavlov-lm$/, replacement: `${import.meta.dirname}/src/index.ts` },
      { find: /^pavlov-lm\/(\w+)$/, replacement: `${import.meta.dirname}/$1/index.ts` },
    ],
  },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/countReporter.ts'],
    // In the order of their names: the few long files first.
    projects: [
      { extends: true, test: { name: 'shared', isolate: false, include: shared, exclude: elsewhere } },
      {
        extends: true,
        test: { name: 'single', include: ['test/**/*.test.ts'], exclude: [...elsewhere, ...shared] },
      },
    ],
  },
});
