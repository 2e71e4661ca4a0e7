import type { ContextOptions, ContextReport } from '../../../eval/lab/index.js';
import { numberParam } from '../../../src/core/params.js';
import type { TaskRunConfig } from '../../../train/index.js';
import { exitAfter, withInterrupt } from '../../interrupt.js';
import { createStatusLine } from '../../statusLine.js';
import type { Context, Outcome } from '../contract.js';
import { trainContextLearner, type ContextLearner } from './contextModel.js';
import { contextMatrix, contextTable, fitTable } from '../../../report/lab/contextTables.js';
import { present } from './findings.js';
import { chosenRules, type LabFlags } from './labOptions.js';

/** What level B takes beside the flags of every part. */
export interface ContextFlags {
  readonly phenomena?: readonly string[];
  readonly preset?: TaskPreset;
  readonly set?: readonly string[];
  readonly seeds?: number;
  readonly draws?: number;
}

type TaskPreset = 'smoke' | 'small' | 'paper';
type Flags = LabFlags & ContextFlags;

async function configOf({ preset = 'small', set = [] }: Flags, seed: number): Promise<TaskRunConfig> {
  const { resolveTaskConfig } = await import('../../../train/index.js');
  return resolveTaskConfig({ task: TASK, preset, sets: [...set, `seed=${seed}`] });
}

/** The task whose models this part presents its experiments to. */
const TASK = 'conditioning';
const DRAWS = 8;

/** One model a seed, one after the other; nothing where it was interrupted. */
async function trainAll(
  { output }: Context,
  flags: Flags,
  signal: AbortSignal,
): Promise<ContextLearner[] | undefined> {
  const status = createStatusLine(output);
  const learners: ContextLearner[] = [];
  for (let seed = 1; seed <= (flags.seeds ?? 1); seed++) {
    const learner = await trainContextLearner({
      config: await configOf(flags, seed),
      signal,
      onStep: (step, steps) => status.show(`training, seed ${seed}: step ${step} of ${steps}`),
      ...(flags.out !== undefined && { folder: flags.out }),
    });
    status.clear();
    if (!learner) return undefined;
    learners.push(learner);
  }
  return learners;
}

async function report(
  { output }: Context,
  flags: Flags,
  config: TaskRunConfig,
  learners: readonly ContextLearner[],
): Promise<{ readonly report: ContextReport; readonly setting: ContextOptions['setting'] }> {
  const { contextSetting, LAB_SETTING, runContext } = await import('../../../eval/lab/index.js');
  const { conditioningLaw, resolveSettings, tasks } = await import('../../../data/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const { lookUp } = await import('../../../src/core/errors.js');
  const chosen = await chosenRules(flags);
  const settings = resolveSettings(lookUp('task', tasks, TASK), config.task.settings);
  const setting = contextSetting(LAB_SETTING, numberParam(settings, 'trials'));
  const status = createStatusLine(output);
  const found = await runContext({
    learners: learners.map(({ respond }) => respond),
    law: conditioningLaw(settings),
    setting,
    cues: numberParam(settings, 'cues'),
    rules: chosen.names,
    params: chosen.params,
    draws: flags.draws ?? DRAWS,
    rng: Rng.fromSeed(flags.seed),
    ...(flags.phenomena && { phenomena: flags.phenomena }),
    onRule: (name) => status.show(`fitting rule ${name}`),
  });
  status.clear();
  return { report: found, setting };
}

/** Refuses what cannot be presented before anything is trained. */
async function checkFirst(flags: Flags, config: TaskRunConfig): Promise<void> {
  const { contextSetting, LAB_SETTING, phenomena } = await import('../../../eval/lab/index.js');
  const { resolveSettings, tasks } = await import('../../../data/index.js');
  const { lookUp } = await import('../../../src/core/errors.js');
  await chosenRules(flags);
  for (const name of flags.phenomena ?? []) lookUp('phenomena', phenomena, name);
  const settings = resolveSettings(lookUp('task', tasks, TASK), config.task.settings);
  contextSetting(LAB_SETTING, numberParam(settings, 'trials'));
}

function heading(config: TaskRunConfig, learners: readonly ContextLearner[]): string[] {
  const { model, task } = config;
  const settings = Object.entries(task.settings).map(([name, value]) => `${name} ${value}`);
  const scores = learners.map(({ result }) => result.validation?.score.toPrecision(3) ?? '-');
  return [
    `${learners.length} model(s) of ${model.layers} ${model.form} ${model.rule} head(s), gate ${model.gate}`,
    `trained on ${learners[0]?.result.samples ?? 0} rows of ${settings.join(', ')}`,
    `validation, squared error to the ideal learner: ${scores.join(', ')}\n`,
  ];
}

/** `pavlov lab conditioning --level B`: a trained model in context. */
export async function contextPart(context: Context, flags: Flags): Promise<Outcome> {
  const config = await configOf(flags, 1);
  await checkFirst(flags, config);
  const promise = flags.out === undefined ? 'stopping' : 'saving, then stopping';
  return withInterrupt(context.output, promise, async (signal) => {
    const learners = await trainAll(context, flags, signal);
    if (!learners) return exitAfter(signal);
    const { report: found, setting } = await report(context, flags, config, learners);
    for (const learner of learners) await learner.dispose();
    return present(context, 'context', flags, {
      document: { level: 'B', config, setting, trainings: learners.map(({ result }) => result), ...found },
      tables: { results: contextTable(found), fits: fitTable(found) },
      charts: async () => (await import('../../../report/lab/labCharts.js')).contextCharts(found),
      printed: [contextMatrix(found), fitTable(found)],
      heading: heading(config, learners),
      families: [found.results.map(({ measured }) => measured)],
      shownAs: 'within a tenth of the US',
    });
  });
}
