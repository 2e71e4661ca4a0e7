import { TASK_PRESETS, tasks, type Following } from '../data/index.js';
import type { CellCost, Variant } from '../eval/compare/contract.js';
import type { JsonObject } from '../src/checkpoint/manifest.js';
import { lookUp } from '../src/core/errors.js';
import type { RunConfig } from '../train/index.js';
import { nameOfPlugIn, type PlugInLoader } from '../train/config/plugIns.js';
import { checkMemory } from '../train/memory.js';
import type { TaskRunConfig } from '../train/tasks/schema.js';
import type { OpenPart } from '../train/tasks/parts.js';
import { costOf } from './cost.js';
import type { Cell } from './grid/contract.js';
import { checkStories } from './storiesData.js';

/** What stands for runs on stories where tasks are named. */
export const STORIES = 'stories';

/** What a grid measures. */
interface Metric {
  readonly metric: string;
  readonly unit: string;
  readonly best: 'high' | 'low';
}

/** What the cells of a grid are about: a task, or stories. */
export interface Subject {
  /** Name of the task, or of the stories. */
  readonly name: string;
  /** Kind of its cells. */
  readonly kind: 'task' | 'stories';
  readonly metric: Metric;
  /** The whole config under these settings, as JSON. @throws ConfigError with every issue. */
  readonly resolve: (sets: readonly string[]) => Promise<JsonObject>;
  readonly cost: (config: JsonObject) => Promise<CellCost>;
  /**
   * Checks what configs ask for beside themselves, and gives the fingerprint of the text of each; absent where they ask
   * for nothing.
   *
   * @throws DataError, ConfigError for what is amiss.
   */
  readonly check?: (configs: readonly JsonObject[]) => Promise<readonly string[]>;
}

/** A cell and where it stands in the grid. */
export interface PlannedCell {
  readonly cell: Cell;
  /** Its hash. */
  readonly id: string;
  /** Name of its task, or of the stories, and what its score is. */
  readonly task: string;
  readonly metric: Subject['metric'];
  readonly variant: Variant;
  readonly seed: number;
  readonly learningRate: number;
  readonly cost: CellCost;
}

export interface SubjectRequest {
  readonly task: string;
  readonly preset?: string;
  /** File of settings. */
  readonly config?: string;
  /** Told how far the check of the text is. */
  readonly onProgress?: Following['onProgress'];
  /** Resolve also what memory does not seem to suffice for. */
  readonly force?: boolean;
  /** Reads what is given as a file. */
  readonly loader?: PlugInLoader;
}

/** A config as JSON, without what JSON does not have. */
function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject; // JSON.parse gives nothing but JSON
}

/** A config whose run fits into memory. @throws ConfigError when it does not, unless it is forced to. */
function fitting<C extends RunConfig | TaskRunConfig>(config: C, force = false): C {
  if (!force) checkMemory(config);
  return config;
}

async function taskSubject({ task, preset, config: file, force, loader }: SubjectRequest): Promise<Subject> {
  const { checkTaskConfig, resolveTaskConfig } = await import('../train/tasks/index.js');
  const { openParts, taskModelConfigOf } = await import('../train/tasks/parts.js');
  const { Model } = await import('../src/model/model.js');
  const named = presetOf(preset, TASK_PRESETS);
  const request = {
    task,
    ...(file !== undefined && { file }),
    ...(named !== undefined && { preset: named }),
  };
  const resolve = async (sets: readonly string[]): Promise<JsonObject> =>
    asJson(fitting(await resolveTaskConfig({ ...request, sets, ...(loader && { loader }) }), force));
  const open = (raw: JsonObject): { config: TaskRunConfig; parts: readonly OpenPart[] } => {
    const config = checkTaskConfig(raw);
    return { config, parts: openParts(config, 'train') };
  };
  const { parts } = open(await resolve([]));
  const [first] = parts;
  const metric = first?.source.metrics[0];
  if (!first || !metric) throw new Error(`grid: expected task '${task}' to have a metric, got none`);
  return {
    name: task,
    kind: 'task',
    metric: { metric: metric.name, unit: metric.unit, best: metric.best },
    resolve,
    cost: async (raw) => {
      const {
        config,
        parts: [part = first, ...rest],
      } = open(raw);
      const length = Math.max(...[part, ...rest].map(({ source }) => source.shape.sequenceLength));
      const model = Model.create(taskModelConfigOf(config, part.source.shape), config.seed);
      const cost = await costOf(model, length);
      model.dispose();
      return cost;
    },
  };
}

/** Chosen on some of the validation stories, tested on the others. */
const STORY_METRIC: Metric = { metric: 'bits-per-byte', unit: 'bits/byte', best: 'low' };

async function storiesSubject(request: SubjectRequest): Promise<Subject> {
  const { preset, config: file, force, onProgress, loader } = request;
  const { checkConfig, resolveConfig } = await import('../train/index.js');
  const { Model } = await import('../src/model/model.js');
  const base = {
    ...(file !== undefined && { file }),
    preset: preset ?? 'smoke',
    ...(loader && { loader }),
  };
  return {
    name: STORIES,
    kind: 'stories',
    check: async (configs) => checkStories(configs.map(checkConfig), { onProgress }),
    metric: STORY_METRIC,
    resolve: async (sets) =>
      asJson(fitting(await resolveConfig({ ...base, sets: [...sets, 'out=null'] }), force)),
    cost: async (raw) => {
      const { model: settings, tokenizer, train, seed }: RunConfig = checkConfig(raw);
      const model = Model.create({ ...settings, vocabularySize: tokenizer.vocabularySize }, seed);
      const cost = await costOf(model, train.sequenceLength);
      model.dispose();
      return cost;
    },
  };
}

/**
 * What a grid is about, by the name of a task or the word for stories.
 *
 * @throws ConfigError when there is no such task or preset.
 */
export async function subjectOf(request: SubjectRequest): Promise<Subject> {
  if (request.task === STORIES) return storiesSubject(request);
  const task = await nameOfPlugIn('task', request.task, request.loader, { where: '--task' });
  lookUp('--task', { ...tasks, [STORIES]: STORIES }, task);
  return taskSubject({ ...request, task });
}

function presetOf<T extends string>(name: string | undefined, names: readonly T[]): T | undefined {
  return name === undefined
    ? undefined
    : lookUp('--preset', Object.fromEntries(names.map((n) => [n, n])), name);
}
