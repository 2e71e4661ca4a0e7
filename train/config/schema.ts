import { z } from 'zod';
import { tokenizers } from '../../data/index.js';
import type { EngineOptions } from '../../src/engine/engine.js';
import { gates } from '../../src/gates/registry.js';
import { featureMaps, HEAD_NORMS } from '../../src/layers/functions/headOptions.js';
import { HEAD_OPTION_DEFAULTS } from '../../src/layers/headDefaults.js';
import { optimizers } from '../../src/optim/registry.js';
import { schedules } from '../../src/optim/schedules.js';
import { rules } from '../../src/rules/registry.js';

const count = z.int().min(1);
const natural = z.int().min(0);
const part = z.number().min(0).max(1);
const above0 = z.number().gt(0);
const oneOf = (table: Readonly<Record<string, unknown>>) => z.enum(Object.keys(table).sort());
const knobs = z.record(z.string(), z.union([z.number(), z.string()]));

/** Registries that may grow, by the schema of a name in them. */
const growing = new Map<z.core.$ZodType, Readonly<Record<string, unknown>>>();

/** A name in a registry that may grow: the names are those at the time of the check. */
function nameIn(table: Readonly<Record<string, unknown>>, meaning: string) {
  const schema = z
    .string()
    .check(({ value, issues }) => {
      if (Object.hasOwn(table, value)) return;
      issues.push({ code: 'invalid_value', values: Object.keys(table).sort(), input: value });
    })
    .describe(meaning);
  growing.set(schema, table);
  return schema;
}

const headKind = z.enum(['conditioning', 'softmax']);

/** Options of the head: they have defaults here, as configs from before there were any leave them out. */
const headOptions = {
  featureMap: z
    .enum(Object.keys(featureMaps) as (keyof typeof featureMaps)[]) // its own keys
    .default(HEAD_OPTION_DEFAULTS.featureMap)
    .describe('feature map of queries and keys in conditioning heads'),
  queryNorm: z
    .enum(HEAD_NORMS)
    .default(HEAD_OPTION_DEFAULTS.queryNorm)
    .describe("normalisation of queries: unit length, scaled by 1/sqrt(K), none, or the rule's own"),
  keyNorm: z
    .enum(HEAD_NORMS)
    .default(HEAD_OPTION_DEFAULTS.keyNorm)
    .describe('the same of keys; rules that are stable with unit keys only refuse any other'),
  keyValueHeads: count
    .nullable()
    .default(HEAD_OPTION_DEFAULTS.keyValueHeads)
    .describe('memories a block, each shared by heads / keyValueHeads queries; null for one a head'),
  momentumShift: z
    .boolean()
    .default(HEAD_OPTION_DEFAULTS.momentumShift)
    .describe('whether the query is q + gamma (q - the one before), gamma learned a head from 0'),
};

/** The settings of a model but for what its data decides. */
export const modelSchema = z.strictObject({
  width: count.describe('model width D'),
  layers: count.describe('number of layers'),
  heads: count.describe('heads a block'),
  keySize: count.describe('K, key size of a head'),
  valueSize: count.describe('V, value size of a head'),
  mlpWidth: natural.describe('hidden width of the SwiGLU MLP; 0 for none'),
  convolution: natural.describe('taps of the short causal convolution on q, k and v; 0 for none'),
  outputGate: z.boolean().describe("whether the head's output is gated"),
  rule: nameIn(rules, 'learning rule of the conditioning heads'),
  ruleParams: knobs.describe("knobs of the rule; those left out get the rule's defaults"),
  gate: oneOf(gates).describe('decay gate of the conditioning heads'),
  gateParams: knobs.describe("knobs of the gate; those left out get the gate's defaults"),
  chunkSize: count.describe("tokens a chunk in the rules' chunk form"),
  head: z.union([headKind, z.array(headKind).min(1)]).describe('kind of all heads, or one a block'),
  normEpsilon: above0.describe('added to the mean square under the root in RMS norms'),
  ...headOptions,
});

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
  name: oneOf(tokenizers).default('compact').describe('tokenizer'),
  vocabularySize: count.default(4096).describe('maximum number of token ids'),
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
  evalBatchSize: count.default(16).describe('rows per batch of validation'),
  sampleEvery: count.nullable().default(200).describe('updates between samples; null for one at the end'),
});

const sample = z.strictObject({
  prompt: z.string().default('Once upon a time').describe('prompt; empty for the start of a story'),
  maxTokens: count.default(200).describe('maximum number of tokens of a sample'),
  temperature: z.number().min(0).default(0.8).describe('0 means greedy decoding'),
  topK: count.nullable().default(null).describe('sample from the k likeliest tokens; null for all'),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(0.95)
    .describe('nucleus sampling: smallest set of tokens with this total probability'),
});

/** The settings of an optimizer. */
export const optimizerSchema = z.strictObject({
  name: oneOf(optimizers).default('muon').describe('optimizer'),
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
export const engineSchema = z.strictObject({
  name: z.enum(['graph', 'eager']).default('graph').describe('what runs the arithmetic'),
  device: z
    .enum(['cpu', 'webgpu', 'cuda'])
    .nullable()
    .default(null)
    .describe('device of the graph engine; null for its default'),
  backend: z
    .enum(['tensorflow', 'wasm', 'cpu'])
    .nullable()
    .default(null)
    .describe('tfjs backend of the eager engine; null for its default'),
  threads: count.nullable().default(null).describe('threads of the graph engine on cpu; null for all cores'),
});

const ruleFile = z.strictObject({
  path: z.string().min(1).describe('the file'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hexadecimal')
    .describe('hash of its content, lower-case hexadecimal'),
});

/** What every run has, on text or on a task. */
export const runFields = {
  ruleFile: ruleFile.optional().describe('file of the rule, when it is one of your own'),
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
    model: modelSchema,
    ruleFile: runFields.ruleFile,
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

/** Any part of a config, as a preset, a file or flags give it. */
export type PartialConfig = {
  readonly [K in keyof RunConfig]?: RunConfig[K] extends object ? Partial<RunConfig[K]> : RunConfig[K];
};

/** JSON Schema (draft 2020-12) of the run config. */
export function runConfigJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(runConfigSchema, {
    override({ zodSchema, jsonSchema }) {
      const table = growing.get(zodSchema);
      if (table) jsonSchema.enum = Object.keys(table).sort();
    },
  });
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
