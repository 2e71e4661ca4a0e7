import { expect, expectTypeOf, describe, it } from 'vitest';
import * as api from '../../api/index.js';
import * as data from '../../data/index.js';
import * as evaluation from '../../eval/index.js';
import * as experiments from '../../experiments/index.js';
import * as report from '../../report/index.js';
import { ConfigError } from '../../src/core/errors.js';
import * as library from '../../src/index.js';
import * as train from '../../train/index.js';

/** Calls a function with these options, and with nothing else that matters. */
type Call = (options: never) => unknown;

/** Stands for all that is never looked at. */
const any = {} as never;
const corpus = { train: [], validation: [] } as never;

/** Every public function and class that takes options. */
const library_ = {
  defineConfig: (o) => library.defineConfig(o),
  createEngine: (o) => library.createEngine(o),
  checkRule: (o) => library.checkRule(any, o),
  checkGate: (o) => library.checkGate(any, o),
  checkOptimizer: (o) => library.checkOptimizer(any, o),
  checkMixer: (o) => library.checkMixer(any, o),
  runRule: (o) => library.runRule(library.rules.delta!, any, o),
  Block: (o) => new library.Block(o),
  ConditioningHead: (o) => new library.ConditioningHead(o),
  LinearHead: (o) => new library.LinearHead(o),
  SoftmaxHead: (o) => new library.SoftmaxHead(o),
  Projection: (o) => new library.Projection(o),
  RmsNorm: (o) => new library.RmsNorm(o),
  ShortConvolution: (o) => new library.ShortConvolution(o),
  SwiGluMlp: (o) => new library.SwiGluMlp(o),
  TokenEmbedding: (o) => new library.TokenEmbedding(o),
  Model: (o) => library.Model.create(o, 1),
  Decoder: (o) => library.Decoder.create(any, any, 1, o),
  generate: (o) => library.generate(o).next(),
  generateText: (o) => library.generateText(o),
  sample: (o) => library.sample(Float32Array.of(1), o, any),
  saveCheckpoint: (o) => library.saveCheckpoint('', any, o),
} satisfies Record<string, Call>;

const data_ = {
  runWork: (o) => data.runWork(any, o, any),
  hashTokens: (o) => data.hashTokens({ tokens: new Uint16Array(1), starts: new Uint32Array(1) } as never, o),
  sketchStories: (o) => data.sketchStories(any, o),
  describeCorpus: (o) => data.describeCorpus(corpus, undefined, o),
  encodeCorpus: (o) => data.encodeCorpus(any, any, o),
  prepareCorpus: (o) => data.prepareCorpus(any, any, '', o),
  checkTask: (o) => data.checkTask(any, o),
  tokenizerFor: (o) => data.tokenizerFor(any, 'bytes', o),
  loadCorpus: (o) => data.loadCorpus('toy', o),
  BatchCursor: (o) => new data.BatchCursor(any, o),
  validationBatches: (o) => data.validationBatches(any, o).next(),
  toyStories: (o) => data.toyStories(o),
  downloadFile: (o) => data.downloadFile(o),
  fetchTinyStories: (o) => data.fetchTinyStories('', o),
  batchOf: (o) => data.batchOf(any, o),
  taskBatch: (o) => data.taskBatch(any, any, o),
} satisfies Record<string, Call>;

const train_ = {
  fineTuneConfig: (o) => train.fineTuneConfig(o),
  overrideConfig: (o) => train.overrideConfig(any, o),
  resolveConfig: (o) => train.resolveConfig(o),
  resolveTaskConfig: (o) => train.resolveTaskConfig(o),
  trainLoop: (o) => train.trainLoop(o),
  trainRun: (o) => train.trainRun(o),
  resumeRun: (o) => train.resumeRun(o),
  trainOrResume: (o) => train.trainOrResume(o),
  createTextScorer: (o) => train.createTextScorer(any, any, o),
  createUpdater: (o) => train.createUpdater(o),
  testOnTask: (o) => train.testOnTask(any, any, o),
} satisfies Record<string, Call>;

const eval_ = {
  analyse: (o) => evaluation.analyse([], o),
  readScores: (o) => evaluation.readScores([], o),
  checkProbe: (o) => evaluation.checkProbe(any, o),
  runProbes: (o) => evaluation.runProbes([], o),
  bootstrapMean: (o) => evaluation.bootstrapMean([1], o),
  bootstrapRatios: (o) => evaluation.bootstrapRatios([], o),
  pairedBootstrap: (o) => evaluation.pairedBootstrap(any, any, o),
  meanInterval: (o) => evaluation.meanInterval([], o),
  signFlipTest: (o) => evaluation.signFlipTest([], o),
  detectableEffect: (o) => evaluation.detectableEffect(o),
  pairedTPower: (o) => evaluation.pairedTPower(1, o),
  runCapacity: (o) => evaluation.runCapacity(o),
  runConditioning: (o) => evaluation.runConditioning(o),
  runDepth: (o) => evaluation.runDepth(o),
  runExperiment: (o) => evaluation.runExperiment(any, o),
  runScaling: (o) => evaluation.runScaling(o),
  runStability: (o) => evaluation.runStability(o),
  runSweeps: (o) => evaluation.runSweeps(o),
  runContext: (o) => evaluation.runContext(o),
} satisfies Record<string, Call>;

const experiments_ = {
  runContextLab: (o) => experiments.runContextLab(o),
  trainContextLearner: (o) => experiments.trainContextLearner(o),
  runGrid: (o) => experiments.runGrid(o),
  localProcesses: (o) => experiments.localProcesses(o),
  serveCells: (o) => experiments.serveCells(any, any, o),
  serveProcess: (o) => experiments.serveProcess(o),
  planGrid: (o) => experiments.planGrid(o),
  planTasks: (o) => experiments.planTasks(o, ['induction']),
  runPlan: (o) => experiments.runPlan(any, o),
} satisfies Record<string, Call>;

const api_ = {
  train: (o) => api.train(o),
  evaluate: (o) => api.evaluate('', o),
  probe: (o) => api.probe('', [], o),
  generate: (o) => api.generate('', '', o),
  generateMany: (o) => api.generateMany('', [], o),
  compare: (o) => api.compare(o),
} satisfies Record<string, Call>;

const report_ = {
  writeVerdicts: (o) => report.writeVerdicts('', any, o),
  writeComparison: (o) => report.writeComparison('', any, [], o),
  reportHtml: (o) => report.reportHtml(any, o),
  reportMarkdown: (o) => report.reportMarkdown(any, o),
  writeRecall: (o) => report.writeRecall('', any, o),
  labText: (o) => report.labText(o),
  writeLab: (o) => report.writeLab('', o),
  writeReport: (o) => report.writeReport('', o),
  lineChart: (o) => report.lineChart(o),
  scatter: (o) => report.scatter(o),
  heatMap: (o) => report.heatMap(o),
  intervalChart: (o) => report.intervalChart(o),
} satisfies Record<string, Call>;

describe.each(
  Object.entries({
    'pavlov-lm': library_,
    'pavlov-lm/data': data_,
    'pavlov-lm/train': train_,
    'pavlov-lm/eval': eval_,
    'pavlov-lm/experiments': experiments_,
    'pavlov-lm/report': report_,
    'pavlov-lm/api': api_,
  } as Record<string, Record<string, Call>>),
)('%s', (_, calls) => {
  it.each(Object.entries(calls))('%s refuses an option that it does not know', async (_name, call) => {
    const told = await Promise.resolve()
      .then(() => call({ rate: 1 } as never))
      .then(
        () => 'nothing',
        (error: unknown) => error,
      );
    expect(told).toBeInstanceOf(ConfigError);
    expect((told as ConfigError).message).toMatch(/unknown option 'rate'|got 'rate'/);
  });
});

it('names the option that was meant', async () => {
  const settings = { name: 'adamw', rate: 0.1 };
  expect(() => train.createUpdater({ settings } as never)).toThrow("'rate'; did you mean 'learningRate'?");
  expect(() => data.toyStories({ trainstories: 1 } as object)).toThrow(
    "toyStories: unknown option 'trainstories'; did you mean 'trainStories'?",
  );
  expect(() => data.toyStories({ seeds: 1, size: 1, seed: 'x' } as object)).toThrow(
    [
      "toyStories.seed: expected a number, got 'x'",
      "toyStories: unknown option 'seeds'; did you mean 'seed'?",
      "toyStories: unknown option 'size'; expected one of seed | trainStories | validationStories",
    ].join('\n'),
  );
  await expect(library.createEngine({ engine: new Map() as never })).rejects.toThrow(
    'createEngine.engine: expected one of graph | eager, got an object of class Map',
  );
});

/*
 * What follows is for the compiler: it finds the functions and classes that take options by their types, and refuses a
 * new one that has no call above.
 */

/** Objects with optional fields that are no options: results of other functions, and what has a check of its own. */
type Known =
  | AbortSignal
  | ErrorOptions
  | ArrayBufferView
  | library.DecayGate
  | library.Engine
  | library.LearningRule
  | library.Mixer
  | library.Optimizer
  | library.SequenceInput
  | library.tf.Tensor
  | library.TokenInput
  | data.Corpus
  | data.Task
  | data.TaskSample
  | data.TaskSource
  | data.Tokenizer
  | data.TokenSet
  | train.RunConfig
  | train.TaskRunConfig
  | evaluation.Phenomenon
  | evaluation.ResultRow
  | experiments.Cell
  | experiments.GridPlan
  | report.Table;

type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** The part of a type that is options: objects, not tables, with at least one field that may be left out. */
type OptionsOf<T> = T extends Known | ArrayLike<unknown> | ((...args: never[]) => unknown)
  ? never
  : T extends object
    ? string extends keyof T
      ? never
      : [OptionalKeys<T>] extends [never]
        ? never
        : T
    : never;

type Inputs<F> = F extends abstract new (...args: infer In) => unknown
  ? In
  : F extends (...args: infer In) => unknown
    ? In
    : never;

type EachOptions<In extends readonly unknown[]> = { [I in keyof In]: OptionsOf<NonNullable<In[I]>> }[number];

/** The names of those in a module that take options. */
type Takers<Module> = {
  [Name in keyof Module]: [Exclude<EachOptions<Inputs<Module[Name]>>, undefined>] extends [never]
    ? never
    : Name;
}[keyof Module];

expectTypeOf<Exclude<Takers<typeof library>, keyof typeof library_>>().toBeNever();
expectTypeOf<Exclude<Takers<typeof data>, keyof typeof data_>>().toBeNever();
expectTypeOf<Exclude<Takers<typeof train>, keyof typeof train_>>().toBeNever();
expectTypeOf<Exclude<Takers<typeof evaluation>, keyof typeof eval_>>().toBeNever();
expectTypeOf<Exclude<Takers<typeof experiments>, keyof typeof experiments_>>().toBeNever();
expectTypeOf<Exclude<Takers<typeof api>, keyof typeof api_>>().toBeNever();
expectTypeOf<Exclude<Takers<typeof report>, keyof typeof report_>>().toBeNever();

/* The search itself: it must find what it is for. */
type Found<Module, Name> = Extract<Takers<Module>, Name>;
expectTypeOf<Found<typeof library, 'createEngine' | 'RmsNorm' | 'registerRule'>>().toEqualTypeOf<
  'createEngine' | 'RmsNorm'
>();
expectTypeOf<Found<typeof experiments, 'planGrid' | 'cellHash'>>().toEqualTypeOf<'planGrid'>();
