import { z } from 'zod';
import { tasks } from '../../data/index.js';
import { engineSchema, modelSchema, optimizerSchema, scheduleSchema } from '../config/schema.js';

const count = z.int().min(1);
const settings = z.record(z.string(), z.union([z.number(), z.string()]));

const part = z.strictObject({
  name: z.string().min(1).describe('what the part is called in reports'),
  settings: settings.describe('settings of the task in this part, over those of the run'),
  samples: count.describe('samples of the part; of training parts, their share of the mix'),
});

const parts = z.array(part).min(1);

const task = z.strictObject({
  name: z.enum(Object.keys(tasks).sort()).describe('task to learn'),
  settings: settings.describe("settings of the task; those left out get the task's defaults"),
  train: parts.describe('kinds of training samples, mixed by their number of samples'),
  validation: parts.describe('samples to choose by: early stop, learning rate'),
  test: parts.describe('samples of the result, read once at the end'),
});

const train = z.strictObject({
  batchSize: count.describe('samples per step'),
  samples: count
    .nullable()
    .describe('training samples in all, none of them twice; exactly one of samples and epochs is set'),
  epochs: count
    .nullable()
    .describe('times that a finite set, of as many samples as the training parts say, is gone through'),
  evalEvery: count.describe('steps between validations'),
  evalSamples: count.nullable().describe('validation samples of each part; null for all of them'),
  stopAt: z.number().nullable().describe('validation score that ends the training early; null for none'),
  saveEvery: count.nullable().describe('steps between checkpoints; null for one at the end'),
  keep: count.describe('newest checkpoints to keep'),
});

/** The whole config of a training on a task. Every field is needed here; presets give all of them. */
export const taskRunConfigSchema = z
  .strictObject({
    task,
    model: modelSchema.extend({
      form: z
        .enum(['block', 'bare'])
        .describe(
          'block: pre-norm blocks with convolution, gates and MLP; bare: heads alone, linear but for their rule',
        ),
    }),
    optimizer: optimizerSchema,
    schedule: scheduleSchema,
    train,
    engine: engineSchema,
    seed: z.int().min(0).describe('seed of weights and samples'),
  })
  .meta({ title: 'Pavlov task config' });

/** Everything that decides a training on a task. Saved in every checkpoint of it. */
export type TaskRunConfig = Readonly<z.infer<typeof taskRunConfigSchema>>;

/** Any part of a task config, as a preset, a file or flags give it. */
export type PartialTaskConfig = {
  readonly [K in keyof TaskRunConfig]?: TaskRunConfig[K] extends object
    ? Partial<TaskRunConfig[K]>
    : TaskRunConfig[K];
};

/** JSON Schema (draft 2020-12) of the task config. */
export function taskConfigJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(taskRunConfigSchema);
}
