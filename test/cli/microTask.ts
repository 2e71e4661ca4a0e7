/** Settings of a task run of a few milliseconds, for the smallest of models. */
export const MICRO_SETTINGS = [
  ...['train.batchSize=4', 'train.samples=16', 'train.evalEvery=2', 'task.settings.length=8'],
  ...['model.width=8', 'model.layers=1', 'model.keySize=4', 'model.valueSize=4', 'model.mlpWidth=8'],
  ...['engine.name=eager', 'engine.backend=cpu'],
  ...['train=16', 'validation=8', 'test=8'].map((part) => {
    const [kind = '', samples = ''] = part.split('=');
    return `task.${kind}=[{ name: all, settings: {}, samples: ${samples} }]`;
  }),
];

/** The same as flags. */
export const MICRO_TASK: readonly string[] = [
  ...['--task', 'induction'],
  ...MICRO_SETTINGS.flatMap((setting) => ['--set', setting]),
];

/** Flags of a run on built-in stories that takes about a second, for the smallest of models. */
export const MICRO_RUN: readonly string[] = [
  ...['--preset', 'smoke', '--data', 'toy'],
  ...[
    'train.batchSize=2',
    'train.sequenceLength=16',
    'train.evalStories=2',
    'data.trainStories=20',
    'model.layers=1',
    'sample.maxTokens=2',
    'engine.threads=1',
  ].flatMap((setting) => ['--set', setting]),
];
