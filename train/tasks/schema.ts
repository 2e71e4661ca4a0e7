import { z } from 'zod';
import { tasks, type TaskName } from '../../data/index.js';
import { count, jsonSchemaOf, nameIn, params } from '../../src/core/schema.js';
import type { PartOf } from '../../src/mixers/contract.js';
import { modelSettings } from '../../src/model/config.js';
import { optimizerSchema, runFields, scheduleSchema, trainFields } from '../config/schema.js';

const part = z.strictObject({
  name: z.string().min(1).describe('what the part is called in reports'),
  settings: params.describe('settings of the task in this part, over those of the run'),
  samples: count.describe('samples of the part; of training parts, their share of the mix'),
});

const parts = z.array(part).min(1);

const task = z.strictObject({
  name: nameIn<TaskName>(tasks, 'task to learn'),
  settings: params.describe("settings of the task; those left out get the task's defaults"),
  train: parts.describe('kinds of training samples, mixed by their number of samples'),
  validation: parts.describe('samples to choose by: early stop, learning rate'),
  test: parts.describe('samples of the result, read once at the end'),
});

const train = z.strictObject({
  ...trainFields,
  samples: count
    .nullable()
    .describe('training samples in all, none of them twice; exactly one of samples and epochs is set'),
  epochs: count
    .nullable()
    .describe('times that a finite set, of as many samples as the training parts say, is gone through'),
  evalSamples: count
    .nullable()
    .default(null)
    .describe('validation samples of each part; null for all of them'),
  stopAt: z.number().nullable().describe('validation score that ends the training early; null for none'),
  // Trainings on tasks are short and many: they watch and keep less than a run on text does.
  saveBest: trainFields.saveBest.default(false),
  keep: trainFields.keep.default(1),
  diagnosticsEvery: trainFields.diagnosticsEvery.default(null),
});

/** The whole config of a training on a task. */
export const taskRunConfigSchema = z
  .strictObject({
    task,
    model: modelSettings,
    optimizer: optimizerSchema.prefault({}),
    schedule: scheduleSchema.prefault({}),
    train,
    ...runFields,
  })
  .meta({ title: 'Pavlov task config' });

/** Everything that decides a training on a task. Saved in every checkpoint of it. */
export type TaskRunConfig = Readonly<z.infer<typeof taskRunConfigSchema>>;

/** Any part of a task config, as a preset, a file or flags give it. */
export type PartialTaskConfig = {
  readonly [K in keyof TaskRunConfig]?: PartOf<TaskRunConfig[K]>;
};

/** JSON Schema (draft 2020-12) of the task config. */
export function taskConfigJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(taskRunConfigSchema);
}
