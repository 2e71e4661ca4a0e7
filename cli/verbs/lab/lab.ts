import { Option, type Command } from 'commander';
import type { TaskPresetName } from '../../../data/index.js';
import type { LabReport } from '../../../report/lab/labReport.js';
import { exitAfter, withInterrupt } from '../../interrupt.js';
import { finiteNumber, nameList, repeated, wholeNumber } from '../../options.js';
import { createStatusLine } from '../../output.js';
import { openReportFolder } from '../../reportFolder.js';
import type { Act, Context, Outcome, Verb } from '../contract.js';
import {
  addLabFlags,
  checkCapacitySizes,
  checkDepthSizes,
  chosenRules,
  finiteNumbers,
  refuseFlags,
  sweepValues,
  wholeNumbers,
  type ChosenRules,
  type LabFlags,
} from './options.js';
import { readWhole } from '../../../src/core/wholeFile.js';
import { MOST_YAML_BYTES } from '../../../src/core/yaml.js';

const reports = () => import('../../../report/lab/labReports.js');

/** Writes the report where `--out` says, and prints it. */
async function present({ output }: Context, { out }: LabFlags, report: LabReport): Promise<Outcome> {
  const { labText, writeLab } = await import('../../../report/lab/labReport.js');
  if (out !== undefined) await writeLab(out, report);
  if (output.json) output.document(report.document);
  else output.line(`${labText(report)}${out === undefined ? '' : `\nwritten to ${out}`}`);
  return undefined;
}

/** The rules that are asked for, once it is sure that the results can be kept. */
async function begin(flags: LabFlags, ofFile?: readonly string[]): Promise<ChosenRules> {
  if (flags.out !== undefined) await openReportFolder(flags.out, ['part', 'seed']);
  return chosenRules(flags, ofFile);
}

/** The results of each rule in turn, with the rule on the status line. */
function eachRule<T>({ output }: Context, { names }: ChosenRules, run: (name: string) => readonly T[]): T[] {
  const status = createStatusLine(output);
  const results = names.flatMap((name) => {
    status.show(`rule ${name}`);
    return run(name);
  });
  status.clear();
  return results;
}

interface ConditioningFlags extends LabFlags {
  readonly level: 'A' | 'B';
  readonly phenomena?: readonly string[];
  readonly trials?: number;
  readonly us?: number;
  readonly decay?: number;
  readonly preset?: TaskPresetName;
  readonly set?: readonly string[];
  readonly seeds?: number;
  readonly draws?: number;
  readonly force?: boolean;
}

async function conditioning(context: Context, flags: ConditioningFlags): Promise<Outcome> {
  const { level, beta, trials, us, decay, preset, set, seeds, draws, force, phenomena } = flags;
  if (level === 'A') refuseFlags('B', { preset, set, seeds, draws, force });
  else refuseFlags('A', { beta, trials, us, decay });
  if (level === 'B') return inContext(context, flags);
  const { LAB_SETTING, runConditioning } = await import('../../../eval/lab/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const chosen = await begin(flags);
  const { params } = chosen;
  const setting = {
    ...LAB_SETTING,
    beta,
    ...(trials !== undefined && { first: trials, second: trials }),
    ...(us !== undefined && { magnitude: us }),
    ...(decay !== undefined && { decay }),
  };
  const results = eachRule(context, chosen, (name) =>
    runConditioning({
      rules: [name],
      params,
      setting,
      rng: Rng.fromSeed(flags.seed),
      ...(phenomena && { phenomena }),
    }),
  );
  const report = (await reports()).conditioningReport(results, { seed: flags.seed, setting, params });
  return present(context, flags, report);
}

/** Level B: trained models in context. */
async function inContext(context: Context, flags: ConditioningFlags): Promise<Outcome> {
  const { runContextLab } = await import('../../../experiments/contextLab.js');
  const { preset = 'small', set, seeds = 1, draws = 8, seed, force, phenomena, out } = flags;
  const { names, params } = await chosenRules(flags);
  const { output } = context;
  const status = createStatusLine(output);
  const promise = out === undefined ? 'stopping' : 'saving, then stopping';
  return withInterrupt(output, promise, async (signal) => {
    const lab = await runContextLab({
      preset,
      seeds,
      rules: names,
      params,
      draws,
      seed,
      signal,
      onStep: (own, step, steps) => status.show(`training, seed ${own}: step ${step} of ${steps}`),
      onRule: (name) => status.show(`fitting rule ${name}`),
      ...(set && { sets: set }),
      ...(force === true && { force }),
      ...(phenomena && { phenomena }),
      ...(out !== undefined && { folder: out }),
    }).finally(() => status.clear());
    if (!lab) return exitAfter(signal);
    return present(context, flags, (await reports()).contextReport(lab, seed));
  });
}

interface CapacityFlags extends LabFlags {
  readonly pairs?: readonly number[];
  readonly dim: number;
  readonly valueDim?: number;
  readonly correlation: number;
  readonly decay: number;
  readonly draws: number;
  readonly dims: readonly number[];
  readonly worstDims: readonly number[];
  readonly threshold: number;
  readonly vary?: readonly string[];
}

async function capacity(context: Context, flags: CapacityFlags): Promise<Outcome> {
  const { runCapacity, runScaling, runSweeps } = await import('../../../eval/lab/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const { names: rules, params } = await begin(flags);
  const { dim: K, correlation, decay, draws, beta, dims, worstDims, threshold, seed } = flags;
  const pairs = flags.pairs ?? [K / 4, K / 2, K, 2 * K].map((count) => Math.max(1, Math.round(count)));
  const V = flags.valueDim ?? K;
  const setting = { pairs: [...new Set(pairs)], K, V, correlation, decay, draws, beta };
  const status = createStatusLine(context.output);
  const onRule = (name: string): void => status.show(`rule ${name}`);
  const common = { rules, params, rng: Rng.fromSeed(seed), onRule };
  const values = await sweepValues(flags.vary);
  checkCapacitySizes({ ...setting, dims: [...dims, ...(values.dim ?? [])], worstDims });
  const results = runCapacity({ ...common, ...setting });
  const sweeps = runSweeps({ ...common, ...setting, pairs: K, values });
  const scaling = runScaling({ ...common, dims, worstDims, draws, threshold, beta });
  status.clear();
  const setup = { seed, params, setting: { ...setting, vary: values } };
  return present(context, flags, (await reports()).capacityReport(results, { sweeps, scaling }, setup));
}

interface DepthFlags extends LabFlags {
  readonly layers: number;
  readonly heads: readonly number[];
  readonly dim: number;
  readonly widths: readonly number[];
  readonly pairs: number;
  readonly draws: number;
}

async function depth(context: Context, flags: DepthFlags): Promise<Outcome> {
  const { runDepth } = await import('../../../eval/lab/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const { names: rules, params } = await begin(flags);
  const { layers, heads, dim: K, widths, pairs, draws, beta, seed } = flags;
  const setting = { layers, heads, K, widths, pairs, draws, beta };
  checkDepthSizes(setting);
  const status = createStatusLine(context.output);
  const onRule = (name: string): void => status.show(`rule ${name}`);
  const results = runDepth({ rules, params, rng: Rng.fromSeed(seed), onRule, ...setting });
  status.clear();
  return present(context, flags, (await reports()).depthReport(results, { seed, setting, params }));
}

interface StabilityFlags extends Omit<LabFlags, 'beta'> {
  readonly betas: readonly number[];
  readonly decays: readonly number[];
}

async function stability(context: Context, flags: StabilityFlags): Promise<Outcome> {
  const { runStability } = await import('../../../eval/lab/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const chosen = await begin(flags);
  const { params } = chosen;
  const { betas, decays, seed } = flags;
  const rng = Rng.fromSeed(seed);
  const results = eachRule(context, chosen, (name) =>
    runStability({ rules: [name], params, betas, decays, rng }),
  );
  const setup = { seed, setting: { betas, decays }, params };
  return present(context, flags, (await reports()).stabilityReport(results, setup));
}

async function runFile(context: Context, file: string, flags: LabFlags): Promise<Outcome> {
  const { parseExperiment, runExperiment } = await import('../../../eval/lab/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const { fileError } = await import('../../../data/text/corpus/fileSlices.js');
  const text = await readWhole(file, MOST_YAML_BYTES).catch((error: unknown) => {
    throw fileError(file, error);
  });
  const experiment = parseExperiment(text.toString('utf8'), file);
  const chosen = await begin(flags, experiment.rules);
  const { params } = chosen;
  const { beta, seed } = flags;
  const results = eachRule(context, chosen, (name) =>
    runExperiment(experiment, { rules: [name], params, beta, rng: Rng.fromSeed(seed) }),
  );
  return present(
    context,
    flags,
    (await reports()).experimentReport(experiment.title, results, { seed, params }),
  );
}

const BETA = '--beta <x>';
const BETA_HELP = "write strength (default: usual for the experiment, within each rule's range)";
const beta = finiteNumber('--beta', 0);
const decay = finiteNumber('--decay', Number.MIN_VALUE, 1);

function addConditioning(command: Command, act: Act): void {
  const part = command
    .command('conditioning')
    .description('classical experiments: rules against their closed forms, or trained models in context')
    .addOption(
      new Option('--level <level>', 'A: drive the rules; B: train models, present the experiments in context')
        .choices(['A', 'B'])
        .default('A'),
    )
    .option('--phenomena <names>', 'comma-separated phenomena (default: all)', nameList('--phenomena'))
    .option(BETA, `level A: ${BETA_HELP}`, beta)
    .option('--trials <n>', 'level A: trials per phase (default: 30)', wholeNumber('--trials', 1, 10_000))
    .option('--us <x>', 'level A: magnitude of the US (default: 1)', finiteNumber('--us', Number.MIN_VALUE))
    .option('--decay <x>', 'level A: decay factor per step (default: 0.9)', decay)
    .option('--preset <name>', 'level B: smoke, small (default) or paper preset of the task')
    .option('--set <path=value>', 'level B: override one setting; repeatable', repeated)
    .option(
      '--seeds <n>',
      'level B: number of models, of seeds 1 to n (default: 1)',
      wholeNumber('--seeds', 1, 10_000),
    )
    .option('--draws <n>', 'level B: presentations per model (default: 8)', wholeNumber('--draws', 2, 10_000))
    .option('--force', 'level B: try models that do not seem to fit into memory');
  addLabFlags(part, 'pavlov lab conditioning --rule delta').action(act(conditioning));
}

function addCapacity(command: Command, act: Act): void {
  const part = command
    .command('capacity')
    .description('measure retrieval against number of pairs, key dimension, correlation, decay and age')
    .option('--pairs <list>', 'numbers of pairs (default: 1/4 to 2 times --dim)', wholeNumbers('--pairs'))
    .option('--dim <n>', 'key dimension', wholeNumber('--dim', 2), 32)
    .option('--value-dim <n>', 'value dimension (default: --dim)', wholeNumber('--value-dim', 2))
    .option('--correlation <x>', 'mean cosine of two keys', finiteNumber('--correlation', 0), 0)
    .option(BETA, BETA_HELP, beta)
    .option('--decay <x>', 'decay factor per write', decay, 1)
    .option('--draws <n>', 'independent memories', wholeNumber('--draws', 2), 32)
    .option(
      '--dims <list>',
      'key dimensions over which the exponent is fitted',
      wholeNumbers('--dims', 2),
      [8, 16, 32],
    )
    .option(
      '--worst-dims <list>',
      'the same for the worst case',
      wholeNumbers('--worst-dims', 2),
      [64, 256, 1024],
    )
    .option('--threshold <x>', 'squared error at capacity', finiteNumber('--threshold', 0.01, 1), 0.5)
    .option(
      '--vary <what=values>',
      'dim, correlation or decay to vary with --dim pairs; repeatable (default: four values of each)',
      repeated,
    );
  addLabFlags(part, 'pavlov lab capacity --rule hebbian,delta --dim 16').action(act(capacity));
}

function addDepth(command: Command, act: Act): void {
  const part = command
    .command('depth')
    .description('measure chained retrieval against layers, heads and width, with and without clean-up')
    .option('--layers <n>', 'layers', wholeNumber('--layers', 1), 4)
    .option('--heads <list>', 'numbers of heads', wholeNumbers('--heads'), [1, 4])
    .option('--dim <n>', 'key dimension per head', wholeNumber('--dim', 2), 32)
    .option('--widths <list>', 'dimensions of the codes', wholeNumbers('--widths', 2), [64])
    .option('--pairs <n>', 'items per layer', wholeNumber('--pairs', 1), 32)
    .option(BETA, BETA_HELP, beta)
    .option('--draws <n>', 'independent chains', wholeNumber('--draws', 2), 32);
  addLabFlags(part, 'pavlov lab depth --rule hebbian --layers 3').action(act(depth));
}

function addStability(command: Command, act: Act): void {
  const part = command
    .command('stability')
    .description('find where the memory stays bounded, and compare with the bound that each rule declares')
    .option('--betas <list>', 'write strengths', finiteNumbers('--betas', 0.001, 2), [0.5, 1])
    .option('--decays <list>', 'decay factors per step', finiteNumbers('--decays', 0.001, 1), [1, 0.9]);
  addLabFlags(part, 'pavlov lab stability --rule delta').action(act(stability));
}

function addRun(command: Command, act: Act): void {
  const part = command
    .command('run')
    .description('run your own experiment from a file (format: docs/lab.md)')
    .argument('<file>', 'the experiment, YAML or JSON')
    .option(BETA, BETA_HELP, beta);
  addLabFlags(part, 'pavlov lab run blocking.yaml --rule delta').action(act(runFile));
}

/** `pavlov lab` */
export const lab: Verb = {
  name: 'lab',
  usesProject: true,
  summary: 'compare rules and trained models with the theory of classical conditioning and of memory',
  example: 'pavlov lab conditioning --rule delta',
  define: (command, act) => {
    for (const add of [addConditioning, addCapacity, addDepth, addStability, addRun]) add(command, act);
  },
};
