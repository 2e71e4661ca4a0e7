import type { z } from 'zod';
import {
  openTask,
  type PresetPart,
  type Recipe,
  type Task,
  type TaskMetric,
  type TaskPreset,
  type TaskPresetName,
} from '../../data/index.js';
import { lookUp } from '../../src/core/errors.js';
import { modelSettings } from '../../src/model/config.js';
import type { RawConfig } from '../config/layers.js';
import { taskRunConfigSchema, type TaskRunConfig } from './schema.js';

/** The preset of a training that names none. */
export const DEFAULT_TASK_PRESET: TaskPresetName = 'smoke';

/** What a recipe leaves open. */
const OPEN: Readonly<
  Record<TaskPresetName, Required<Pick<Recipe, 'layers' | 'heads' | 'batch'>> & { width: number }>
> = {
  smoke: { layers: 2, width: 64, heads: 1, batch: 64 },
  small: { layers: 2, width: 64, heads: 2, batch: 64 },
  frontier: { layers: 2, width: 64, heads: 1, batch: 64 },
  paper: { layers: 2, width: 128, heads: 2, batch: 128 },
};

/** What trains where a recipe names no learning rate: it learns MQAR in half the samples AdamW takes. */
const OURS = { name: 'muon', learningRate: 0.02 } as const;
/** Share of right answers that counts as solved, where a recipe says nothing. */
const SOLVED = 0.999;
/** Validations in a training. */
const VALIDATIONS = 20;

type Model = TaskRunConfig['model'];

function modelOf(preset: TaskPresetName, recipe: Recipe): Model {
  const open = OPEN[preset];
  const width = [recipe.width ?? open.width].flat()[0] ?? open.width;
  const heads = recipe.heads ?? open.heads;
  const size = Math.max(1, Math.floor(width / heads));
  return modelSettings.parse({
    width,
    heads,
    layers: recipe.layers ?? open.layers,
    keySize: recipe.keySize ?? size,
    valueSize: size,
    mlpWidth: recipe.mlp === false ? 0 : 2 * width,
    convolution: recipe.convolution,
    mixer: recipe.mixer,
    featureMap: recipe.featureMap,
    valueActivation: recipe.valueActivation,
    rule: 'delta',
    gate: 'none',
  });
}

/** A score that the first metric can reach only by solving the task. */
function stopAtOf(metric: TaskMetric | undefined, recipe: Recipe): number | null {
  if (recipe.stopAt !== undefined) return recipe.stopAt;
  return metric?.best === 'high' && metric.perfect === 1 ? SOLVED : null;
}

/** The optimizer named, or AdamW as in most publications, at the rate named or the middle one of several. */
function optimizerOf({ optimizer = 'adamw', learningRates = [] }: Recipe): {
  readonly name: string;
  readonly learningRate: number;
} {
  const learningRate = learningRates[Math.floor(learningRates.length / 2)];
  return learningRate === undefined ? OURS : { name: optimizer, learningRate };
}

/** @throws ConfigError where the task has no such preset. */
function presetOf(task: Task, preset: TaskPresetName): TaskPreset {
  // The cast: an optional field is there or not; none of them is undefined.
  const presets = task.presets as Readonly<Record<string, TaskPreset>>;
  return lookUp(`tasks.${task.name}: preset`, presets, preset);
}

function trainOf(
  task: Task,
  preset: TaskPresetName,
  recipe: Recipe,
): z.input<typeof taskRunConfigSchema>['train'] {
  const { train: parts, settings } = presetOf(task, preset);
  const rows = recipe.batch ?? OPEN[preset].batch;
  const listed = parts.reduce((sum, { samples }) => sum + samples, 0);
  const epochs = recipe.epochs ?? null;
  const samples = recipe.steps === undefined ? listed : recipe.steps * rows;
  const steps = Math.ceil((listed * (epochs ?? samples / listed)) / rows);
  const metric = openTask(task, { ...settings, ...parts[0]?.settings }, 0).metrics[0];
  return {
    batchSize: rows,
    ...(epochs === null ? { samples, epochs: null } : { samples: null, epochs }),
    evalEvery: Math.max(1, Math.ceil(steps / VALIDATIONS)),
    stopAt: stopAtOf(metric, recipe),
    saveEvery: Math.max(1, Math.ceil(steps / VALIDATIONS)),
  };
}

const partsOf = (parts: readonly PresetPart[]): TaskRunConfig['task']['train'] =>
  parts.map(({ name, settings = {}, samples }) => ({ name, settings: { ...settings }, samples }));

/** The config of a preset of a task: its settings, and a model and training from its recipe. */
export function taskPresetConfig(task: Task, preset: TaskPresetName): TaskRunConfig & RawConfig {
  const { settings, train, validation, test, recipe = {} } = presetOf(task, preset);
  return taskRunConfigSchema.parse({
    task: {
      name: task.name,
      settings: { ...settings },
      train: partsOf(train),
      validation: partsOf(validation),
      test: partsOf(test),
    },
    model: modelOf(preset, recipe),
    optimizer: { ...optimizerOf(recipe), weightDecay: recipe.weightDecay ?? 0 },
    schedule: { name: 'cosine', warmup: recipe.warmup ?? 0.05, floor: 0 },
    train: trainOf(task, preset, recipe),
  });
}
