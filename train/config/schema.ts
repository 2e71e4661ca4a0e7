import { z } from 'zod';
import { tokenizers } from '../../data/index.js';
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
  source: z.string().min(1).describe("a prepared set, a folder, a .txt, .jsonl or .parquet file, or 'toy'"),
  textColumn: z.string().min(1).describe('field or column that holds the text of .jsonl and .parquet files'),
  trainStories: count.nullable().describe('train on the first so many stories; null for all'),
  cacheFolder: z.string().min(1).nullable().describe('folder for encoded sets; null for none'),
});

const tokenizer = z.strictObject({
  name: oneOf(tokenizers).describe('tokenizer'),
  vocabularySize: count.describe('most token ids it may use'),
});

const train = z.strictObject({
  batchSize: count.describe('rows per micro-batch'),
  sequenceLength: count.describe('tokens per row, T'),
  accumulationSteps: count.describe('micro-batches per update'),
  steps: count.nullable().describe('budget in updates; exactly one of steps, tokens and minutes is set'),
  tokens: count.nullable().describe('budget in training tokens, rounded up to whole updates'),
  minutes: above0
    .nullable()
    .describe('budget in minutes; the schedule follows the clock, so no two runs are equal'),
  logEvery: count.describe('updates between lines of the metrics'),
  evalEvery: count.nullable().describe('updates between validations; null for one at the end'),
  evalStories: count.nullable().describe('validation stories used at intervals; null for all'),
  evalBatchSize: count.describe('rows per batch of validation'),
  saveEvery: count.nullable().describe('updates between checkpoints; null for one at the end'),
  saveBest: z.boolean().describe('whether to save when validation is the best so far, and to keep that one'),
  keep: count.describe('newest checkpoints to keep'),
  sampleEvery: count.nullable().describe('updates between samples; null for one at the end'),
  diagnosticsEvery: count
    .nullable()
    .describe('updates between looks into the memories: diagnostics, histograms, warnings; null for none'),
  onNonFinite: z.enum(['stop', 'skip']).describe('what to do when the loss or gradient is not finite'),
});

const sample = z.strictObject({
  prompt: z.string().describe('text to go on from; empty for the start of a story'),
  maxTokens: count.describe('most tokens of a sample'),
  temperature: z.number().min(0).describe('0 takes the likeliest token'),
  topK: count.nullable().describe('draw from the so many likeliest tokens; null for all'),
  topP: z.number().gt(0).max(1).describe('draw from the likeliest tokens that hold this much probability'),
});

/** The settings of an optimizer. */
export const optimizerSchema = z.strictObject({
  name: oneOf(optimizers).describe('optimizer'),
  learningRate: above0.describe('peak learning rate'),
  beta1: z.number().min(0).lt(1).describe('decay of the first moment'),
  beta2: z.number().min(0).lt(1).describe('decay of the second moment'),
  epsilon: above0.describe('added to the root of the second moment'),
  weightDecay: z.number().min(0).describe('decoupled decay of matrices, times the learning rate'),
  momentum: z.number().min(0).lt(1).describe('momentum of orthogonalised updates'),
  clipNorm: above0.nullable().describe('largest global gradient norm; null for no limit'),
});

/** The course of the learning rate. */
export const scheduleSchema = z.strictObject({
  name: oneOf(schedules).describe('course of the learning rate after warm-up'),
  warmup: z.number().min(0).lt(1).describe('part of the run over which the rate rises'),
  floor: part.describe('rate at the end as a part of the peak'),
  decay: z
    .number()
    .gt(0)
    .max(1)
    .describe('last part of the run over which the rate falls, where it is flat before'),
});

/** What runs the arithmetic. */
export const engineSchema = z.strictObject({
  name: z.enum(['graph', 'eager']).describe('what runs the arithmetic'),
  device: z
    .enum(['cpu', 'webgpu', 'cuda'])
    .nullable()
    .describe('device of the graph engine; null for its default'),
  backend: z
    .enum(['tensorflow', 'wasm', 'cpu'])
    .nullable()
    .describe('tfjs backend of the eager engine; null for its default'),
  threads: count.nullable().describe('threads of the graph engine on cpu; null for all cores'),
});

const ruleFile = z.strictObject({
  path: z.string().min(1).describe('the file'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hexadecimal')
    .describe('hash of its content, lower-case hexadecimal'),
});

/**
 * The whole config of a run. Every field is needed here, and presets give all of them, but for the file of a rule
 * that is not one of this project.
 */
export const runConfigSchema = z
  .strictObject({
    model: modelSchema,
    ruleFile: ruleFile.optional().describe('file of the rule, when it is one of your own'),
    data,
    tokenizer,
    train,
    sample,
    optimizer: optimizerSchema,
    schedule: scheduleSchema,
    engine: engineSchema,
    seed: z.int().min(0).describe('seed of weights, order of stories and samples'),
    out: z.string().min(1).nullable().describe('run folder; null for a new one under checkpoints/'),
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
