import { z } from 'zod';
import { DEFAULT_TOKENIZER, tokenizers } from '../../data/index.js';
import { above0, count, jsonSchemaOf, nameIn, params } from '../../src/core/schema.js';
import { plugInKinds } from '../../src/core/registry.js';
import { eagerBackends, engineNames, graphDevices, type EngineOptions } from '../../src/engine/engine.js';
import type { PartOf } from '../../src/mixers/contract.js';
import { modelSettings } from '../../src/model/config.js';
import { optimizers, type OptimizerName } from '../../src/optim/registry.js';
import { schedules } from '../../src/optim/schedules.js';

const part = z.number().min(0).max(1);
const oneOf = (table: Readonly<Record<string, unknown>>) => z.enum(Object.keys(table).sort());

const data = z.strictObject({
  source: z
    .string()
    .min(1)
    .default('toy')
    .describe("a prepared set, a folder, a .txt, .jsonl or .parquet file, or 'toy'"),
  textColumn: z
    .string()
    .min(1)
    .default('text')
    .describe('field or column that holds the text of .jsonl and .parquet files'),
  trainStories: count.nullable().default(null).describe('train on the first so many stories; null for all'),
  cacheFolder: z
    .string()
    .min(1)
    .nullable()
    .default('checkpoints/cache')
    .describe('folder for encoded sets; null for none'),
});

const tokenizer = z.strictObject({
  name: oneOf(tokenizers).default(DEFAULT_TOKENIZER.name).describe('tokenizer'),
  vocabularySize: count.default(DEFAULT_TOKENIZER.vocabularySize).describe('maximum number of token ids'),
});

/** What every training has, on text or on a task. */
export const trainFields = {
  batchSize: count.describe('rows per micro-batch: stretches of text, or samples of a task'),
  accumulationSteps: count.default(1).describe('micro-batches per update'),
  logEvery: count.default(10).describe('updates between lines of the metrics'),
  evalEvery: count.nullable().default(200).describe('updates between validations; null for one at the end'),
  saveEvery: count.nullable().default(200).describe('updates between checkpoints; null for one at the end'),
  saveBest: z
    .boolean()
    .default(true)
    .describe('whether to save when validation is the best so far, and to keep that one'),
  keep: count.default(2).describe('newest checkpoints to keep'),
  diagnosticsEvery: count
    .nullable()
    .default(200)
    .describe('updates between diagnostics of the memories, histograms and warnings; null for none'),
  onNonFinite: z
    .enum(['stop', 'skip'])
    .default('stop')
    .describe('what to do when the loss or gradient is not finite'),
};

const train = z.strictObject({
  ...trainFields,
  batchSize: trainFields.batchSize.default(16),
  sequenceLength: count.default(256).describe('tokens per row, T'),
  steps: count
    .nullable()
    .default(1000)
    .describe('budget in updates; exactly one of steps, tokens and minutes is set'),
  tokens: count.nullable().default(null).describe('budget in training tokens, rounded up to whole updates'),
  minutes: above0
    .nullable()
    .default(null)
    .describe('budget in minutes; the schedule follows the clock, so no two runs are equal'),
  evalStories: count.nullable().default(200).describe('validation stories used at intervals; null for all'),
  evalTokens: count
    .nullable()
    .default(131_072)
    .describe('tokens of these that are used at most, for stories that are long; null for all'),
  finalEvalTokens: count
    .nullable()
    .default(1_048_576)
    .describe('validation tokens that are scored at most when the run ends; null for all'),
  evalBatchSize: count.default(16).describe('rows per batch of validation'),
  sampleEvery: count.nullable().default(200).describe('updates between samples; null for one at the end'),
});

const sample = z.strictObject({
  prompt: z.string().default('Once upon a time').describe('prompt; empty for the start of a story'),
  maxTokens: count.default(200).describe('maximum number of tokens of a sample'),
  temperature: z.number().min(0).default(0.8).describe('0 means greedy decoding'),
  topK: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe('sample from the k likeliest tokens; null or 0 for all'),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(0.95)
    .describe('nucleus sampling: smallest set of tokens with this total probability'),
});

/** The settings of an optimizer. */
export const optimizerSchema = z.strictObject({
  name: nameIn<OptimizerName>(optimizers, 'optimizer').default('muon').describe('optimizer'),
  learningRate: above0.default(0.015).describe('peak learning rate'),
  beta1: z.number().min(0).lt(1).default(0.9).describe('decay of the first moment'),
  beta2: z.number().min(0).lt(1).default(0.95).describe('decay of the second moment'),
  epsilon: above0.default(1e-8).describe('added to the root of the second moment'),
  weightDecay: z
    .number()
    .min(0)
    .default(0.1)
    .describe('decoupled decay of matrices, times the learning rate'),
  momentum: z.number().min(0).lt(1).default(0.95).describe('momentum of orthogonalised updates'),
  clipNorm: above0.nullable().default(1).describe('largest global gradient norm; null for no limit'),
  params: params
    .default(() => ({}))
    .describe('parameters of an optimizer of your own; those left out get its defaults'),
});

/** The schedule of the learning rate. */
export const scheduleSchema = z.strictObject({
  name: oneOf(schedules).default('linear').describe('schedule of the learning rate after warm-up'),
  warmup: z.number().min(0).lt(1).default(0.03).describe('fraction of the run over which the rate rises'),
  floor: part.default(0.02).describe('rate at the end as a fraction of the peak'),
  decay: z
    .number()
    .gt(0)
    .max(1)
    .default(0.2)
    .describe('last fraction of the run over which the rate falls, where it is flat before'),
});

/** What runs the arithmetic. */
const engineSchema = z.strictObject({
  name: z.enum(engineNames).default('graph').describe('what runs the arithmetic'),
  device: z
    .enum(graphDevices)
    .nullable()
    .default(null)
    .describe('device of the graph engine; null for its default'),
  backend: z
    .enum(eagerBackends)
    .nullable()
    .default(null)
    .describe('tfjs backend of the eager engine; null for its default'),
  threads: count
    .max(1024)
    .nullable()
    .default(null)
    .describe(
      'threads of the graph engine on cpu; null for the cores that are idle, and one where there is little work',
    ),
});

const plugIn = z.strictObject({
  kind: z.enum(plugInKinds).describe('what it is'),
  name: z.string().min(1).describe('its name'),
  path: z.string().min(1).describe('the file'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hexadecimal')
    .describe('hash of its content, lower-case hexadecimal'),
});

const from = z.strictObject({
  checkpoint: z.string().min(1).describe('the step folder'),
  step: z.int().min(0).describe('its step'),
  weights: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hexadecimal')
    .describe('hash of its weights, lower-case hexadecimal'),
});

/** What every run has, on text or on a task. */
export const runFields = {
  plugIns: z
    .array(plugIn)
    .min(1)
    .optional()
    .describe('files of the rule, gate, optimizer and so on that are your own; written by what loads them'),
  engine: engineSchema.prefault({}),
  seed: z.int().min(0).default(1).describe('seed of weights, order of data and samples'),
  out: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('run folder; null for a new one under checkpoints/'),
};

/** The whole config of a run on text. Its defaults are the reference model of all timings. */
export const runConfigSchema = z
  .strictObject({
    model: modelSettings,
    plugIns: runFields.plugIns,
    from: from
      .optional()
      .describe('checkpoint whose weights and tokenizer the run began with, when it is fine-tuned'),
    data: data.prefault({}),
    tokenizer: tokenizer.prefault({}),
    train: train.prefault({}),
    sample: sample.prefault({}),
    optimizer: optimizerSchema.prefault({}),
    schedule: scheduleSchema.prefault({}),
    engine: runFields.engine,
    seed: runFields.seed,
    out: runFields.out,
  })
  .meta({ title: 'Pavlov run config' });

/** Everything that decides a run. Saved in every checkpoint. */
export type RunConfig = Readonly<z.infer<typeof runConfigSchema>>;

const referenceModel = {
  width: 128,
  layers: 4,
  heads: 4,
  keySize: 32,
  valueSize: 32,
  mlpWidth: 512,
  rule: 'delta',
  gate: 'scalar',
};

/** The reference model of all timings, with the defaults of the schema. */
export const defaults: RunConfig = runConfigSchema.parse({ model: referenceModel });

/** Any part of a config, as a preset, a file or flags give it. */
export type PartialConfig = {
  readonly [K in keyof RunConfig]?: PartOf<RunConfig[K]>;
};

/** JSON Schema (draft 2020-12) of the run config. */
export function runConfigJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(runConfigSchema);
}

/** What `createEngine` takes, from the engine's part of a config. */
export function engineOptionsOf({
  engine: { name, device, backend, threads },
}: Pick<RunConfig, 'engine'>): EngineOptions {
  return {
    engine: name,
    ...(device !== null && { device }),
    ...(backend !== null && { backend }),
    ...(threads !== null && { threads }),
  };
}
