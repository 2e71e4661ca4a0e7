import { z } from 'zod';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  conditioningInputs,
  conditioningLaw,
  resolveSettings,
  TASK_PRESETS,
  tasks,
  type ConditioningTrial,
  type TaskPresetName,
} from '../data/index.js';
import {
  contextSetting,
  LAB_SETTING,
  phenomena,
  runContext,
  type ContextOptions,
  type ContextReport,
  type Respond,
} from '../eval/lab/index.js';
import { lookUp } from '../src/core/errors.js';
import { numberParam, type Params } from '../src/core/params.js';
import { Rng } from '../src/core/rng.js';
import { tf, type Tensor } from '../src/core/tf.js';
import { callback, list, made, optionsCheck, signal as ends } from '../src/core/options.js';
import { count, natural } from '../src/core/schema.js';
import { createEngine } from '../src/engine/createEngine.js';
import type { Engine } from '../src/engine/engine.js';
import type { Model } from '../src/model/model.js';
import {
  engineOptionsOf,
  resolveTaskConfig,
  loadTaskRun,
  trainOrResume,
  type RunSummary,
  type TaskRunConfig,
} from '../train/index.js';

/** The task whose models the experiments are presented to. */
const TASK = 'conditioning';

/** Rows presented at once; the last batch is padded, so that one graph serves all. */
const BATCH = 64;

/** What a training came to, wherever it was. */
type TrainingSummary = Omit<RunSummary, 'out' | 'checkpoint'>;

/** A model that was trained on conditioning trials, and what it expects of others. */
export interface ContextLearner {
  readonly result: TrainingSummary;
  readonly respond: Respond;
  dispose(): Promise<void>;
}

interface ContextTraining {
  readonly config: TaskRunConfig;
  readonly signal: AbortSignal;
  readonly onStep?: (step: number, steps: number) => void;
  /** Where the run is saved and found again; nowhere unless given. */
  readonly folder?: string;
  /** Whether to try models that do not seem to fit into memory. */
  readonly force?: boolean;
}

const trainingFields = {
  signal: ends,
  folder: z.string().optional(),
  force: z.boolean().optional(),
};

const checkTraining = optionsCheck<ContextTraining>({
  ...trainingFields,
  config: made<TaskRunConfig>('a config'),
  onStep: callback<(step: number, steps: number) => void>().optional(),
});

/** Presents rows of trials to a model and reads its answer at the first token of each trial. */
function responder(
  engine: Engine,
  model: Model,
): { readonly respond: Respond; readonly dispose: () => Promise<void> } {
  const compiled = engine.compile(
    (...[inputs, positions]: readonly [Tensor, Tensor]): Tensor => model.answers(inputs, positions),
    { variables: model.variables, name: 'responses' },
  );
  const ask = async (
    rows: readonly (readonly ConditioningTrial[])[],
    trials: number,
  ): Promise<number[][]> => {
    const width = (rows[0]?.[0]?.cues.length ?? 0) + 2;
    const inputs = new Float32Array(BATCH * 2 * trials * width);
    for (const [i, row] of rows.entries()) inputs.set(conditioningInputs(row), i * 2 * trials * width);
    const asked = Int32Array.from({ length: BATCH * trials }, (_, i) => 2 * i);
    const question: [Tensor, Tensor] = [
      tf.tensor3d(inputs, [BATCH, 2 * trials, width]),
      tf.tensor1d(asked, 'int32'),
    ];
    const answers = await compiled(...question);
    const values = answers.dataSync();
    tf.dispose([answers, ...question]);
    return rows.map((row, i) => row.map((_, t) => values[i * trials + t] ?? NaN));
  };
  return {
    respond: async (rows) => {
      const trials = Math.max(...rows.map((row) => row.length));
      const responses: number[][] = [];
      for (let from = 0; from < rows.length; from += BATCH) {
        responses.push(...(await ask(rows.slice(from, from + BATCH), trials)));
      }
      return responses;
    },
    dispose: async () => compiled.dispose(),
  };
}

/**
 * Trains one model on the task, or loads it from its folder; `undefined` where it was interrupted.
 *
 * @throws NonFiniteError where the training diverged.
 */
export async function trainContextLearner(training: ContextTraining): Promise<ContextLearner | undefined> {
  const { config, signal, onStep, folder, force } = checkTraining('trainContextLearner', training);
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'pavlov-lab-')));
  const out = join(home, `model-seed-${config.seed}`);
  try {
    const {
      out: run,
      checkpoint,
      ...result
    } = await trainOrResume({
      config: { ...config, out },
      signal,
      ...(force === true && { force }),
      onEvent: (event) => {
        if (event.type === 'step') onStep?.(event.step, Math.round(event.step / event.progress));
      },
    });
    if (result.type === 'interrupted' || checkpoint === null) return undefined;
    const { model } = await loadTaskRun(run);
    const engine = await createEngine(engineOptionsOf(config));
    const { respond, dispose } = responder(engine, model);
    return {
      result,
      respond,
      dispose: async () => {
        await dispose();
        model.dispose();
        await engine.dispose();
      },
    };
  } finally {
    if (folder === undefined) await rm(home, { recursive: true });
  }
}

/** Which models are trained and what is presented to them. */
export interface ContextLabOptions extends Omit<ContextTraining, 'config' | 'onStep'> {
  readonly preset: TaskPresetName;
  /** `path=value`, over the preset. */
  readonly sets?: readonly string[];
  /** Models, of the seeds 1 to n. */
  readonly seeds: number;
  /** Names of the rules that are fitted to what the models answer, and their parameters by name. */
  readonly rules: readonly string[];
  readonly params: Readonly<Record<string, Params>>;
  /** Names; all unless given. */
  readonly phenomena?: readonly string[];
  /** Presentations to each model. */
  readonly draws: number;
  /** Of the random choices of the presentations. */
  readonly seed: number;
  readonly onStep?: (seed: number, step: number, steps: number) => void;
  readonly onRule?: (name: string) => void;
}

const checkLab = optionsCheck<ContextLabOptions>({
  ...trainingFields,
  preset: z.enum(TASK_PRESETS),
  sets: list<readonly string[]>().optional(),
  seeds: count,
  rules: list<readonly string[]>(),
  params: made<Readonly<Record<string, Params>>>('parameters by rule'),
  phenomena: list<readonly string[]>().optional(),
  draws: count,
  seed: natural,
  onStep: callback<(seed: number, step: number, steps: number) => void>().optional(),
  onRule: callback<(name: string) => void>().optional(),
});

/** What trained models do in context, beside what the rules do. */
export interface ContextLab {
  /** Of the model of seed 1. */
  readonly config: TaskRunConfig;
  readonly setting: ContextOptions['setting'];
  readonly trainings: readonly TrainingSummary[];
  readonly report: ContextReport;
}

/**
 * Trains models on conditioning, one per seed, and presents the experiments of the lab to them in context;
 * `undefined` where it was interrupted.
 *
 * @throws ConfigError before anything is trained, for settings and names that do not exist or do not fit.
 */
export async function runContextLab(options: ContextLabOptions): Promise<ContextLab | undefined> {
  const { phenomena: names, ...given } = checkLab('runContextLab', options);
  const { preset, sets = [], seeds, rules, params, draws, seed, onStep, onRule, ...training } = given;
  const configOf = (own: number): Promise<TaskRunConfig> =>
    resolveTaskConfig({ task: TASK, preset, sets: [...sets, `seed=${own}`] });
  const config = await configOf(1);
  for (const name of names ?? []) lookUp('phenomena', phenomena, name);
  const settings = resolveSettings(lookUp('task', tasks, TASK), config.task.settings);
  const setting = contextSetting(LAB_SETTING, numberParam(settings, 'trials'));
  const learners: ContextLearner[] = [];
  try {
    for (let own = 1; own <= seeds; own++) {
      const learner = await trainContextLearner({
        ...training,
        config: await configOf(own),
        onStep: (step, steps) => onStep?.(own, step, steps),
      });
      if (!learner) return undefined;
      learners.push(learner);
    }
    const report = await runContext({
      learners: learners.map(({ respond }) => respond),
      law: conditioningLaw(settings),
      setting,
      cues: numberParam(settings, 'cues'),
      rules,
      params,
      draws,
      rng: Rng.fromSeed(seed),
      ...(options.phenomena && { phenomena: options.phenomena }),
      ...(onRule && { onRule }),
    });
    return { config, setting, trainings: learners.map(({ result }) => result), report };
  } finally {
    for (const learner of learners) await learner.dispose();
  }
}
