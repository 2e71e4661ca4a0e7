import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { ConfigError } from '../../../src/core/errors.js';
import type { CapacityFlags } from './capacityPart.js';
import type { ContextFlags } from './contextPart.js';
import { eachRule, present } from './findings.js';
import { addLabFlags, chosenRules, finiteNumbers, wholeNumbers, type LabFlags } from './labOptions.js';
import {
  conditioningTable,
  depthTable,
  experimentTable,
  stabilityTable,
} from '../../../report/lab/labTables.js';
import { finiteNumber, nameList, repeated, wholeNumber } from '../../optionValues.js';
import { createStatusLine } from '../../statusLine.js';
import type { Act, Context, Outcome, Verb } from '../contract.js';

/** Drawn only where there is a folder: the plotting library takes its time to load. */
const charts = () => import('../../../report/lab/labCharts.js');

/** What only level A takes. */
interface DriveFlags {
  readonly beta?: number;
  readonly trials?: number;
  readonly us?: number;
  readonly decay?: number;
}

interface ConditioningFlags extends LabFlags, DriveFlags, ContextFlags {
  readonly level: 'A' | 'B';
}

async function conditioning(context: Context, flags: ConditioningFlags): Promise<Outcome> {
  const { level, beta: b, trials, us, decay: a, preset, set, seeds, draws, ...common } = flags;
  refuseFlags(level, level === 'A' ? { preset, set, seeds, draws } : { beta: b, trials, us, decay: a });
  if (level === 'B') return (await import('./contextPart.js')).contextPart(context, flags);
  const { LAB_SETTING, runConditioning } = await import('../../../eval/lab/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const chosen = await chosenRules(flags);
  const setting = {
    ...LAB_SETTING,
    beta: b,
    ...(trials !== undefined && { first: trials, second: trials }),
    ...(us !== undefined && { magnitude: us }),
    ...(a !== undefined && { decay: a }),
  };
  const { phenomena } = common;
  const results = eachRule(context, chosen, (name) =>
    runConditioning({
      rules: [name],
      params: chosen.params,
      setting,
      rng: Rng.fromSeed(flags.seed),
      ...(phenomena && { phenomena }),
    }),
  );
  return present(context, 'conditioning', flags, {
    document: { setting, params: chosen.params, results },
    tables: { results: conditioningTable(results) },
    charts: async () => (await charts()).conditioningCharts(results),
    verdicts: results.map(({ agrees }) => agrees),
  });
}

/** Refuses options that mean nothing at a level. */
function refuseFlags(level: string, others: Readonly<Record<string, unknown>>): void {
  const [stray] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (stray === undefined) return;
  throw new ConfigError(
    `--${stray}: expected no such option at level ${level}, got one; leave it out, or choose the other --level`,
  );
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
  const chosen = await chosenRules(flags);
  const { layers, heads, dim: K, widths, pairs, draws, beta } = flags;
  const setting = { layers, heads, K, widths, pairs, draws, beta };
  const { params } = chosen;
  const rng = Rng.fromSeed(flags.seed);
  const status = createStatusLine(context.output);
  const onRule = (name: string): void => status.show(`rule ${name}`);
  const results = runDepth({ rules: chosen.names, params, rng, onRule, ...setting });
  status.clear();
  return present(context, 'depth', flags, {
    document: { setting, params, results },
    tables: { results: depthTable(results) },
    charts: async () => (await charts()).depthCharts(results),
    families: [results.map(({ error }) => error)],
  });
}

interface StabilityFlags extends Omit<LabFlags, 'beta'> {
  readonly betas: readonly number[];
  readonly decays: readonly number[];
}

async function stability(context: Context, flags: StabilityFlags): Promise<Outcome> {
  const { runStability } = await import('../../../eval/lab/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const chosen = await chosenRules(flags);
  const { betas, decays } = flags;
  const { params } = chosen;
  const rng = Rng.fromSeed(flags.seed);
  const results = eachRule(context, chosen, (name) =>
    runStability({ rules: [name], params, betas, decays, rng }),
  );
  return present(context, 'stability', flags, {
    document: { setting: { betas, decays }, params, results },
    tables: { results: stabilityTable(results) },
    charts: async () => (await charts()).stabilityCharts(results),
    verdicts: results.map(({ agrees }) => agrees),
  });
}

async function runFile(context: Context, file: string, flags: LabFlags): Promise<Outcome> {
  const { parseExperiment, runExperiment } = await import('../../../eval/lab/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const experiment = parseExperiment(await readFile(file, 'utf8'), file);
  const chosen = await chosenRules(flags, experiment.rules);
  const { beta, seed } = flags;
  const results = eachRule(context, chosen, (name) =>
    runExperiment(experiment, { rules: [name], params: chosen.params, beta, rng: Rng.fromSeed(seed) }),
  );
  return present(context, 'experiment', flags, {
    document: { title: experiment.title, params: chosen.params, results },
    tables: { results: experimentTable(results) },
    charts: async () => (await charts()).experimentCharts(experiment.title, results),
    verdicts: [],
  });
}

const BETA = '--beta <x>';
const BETA_HELP = "write strength (default: usual for the experiment, within each rule's range)";
const beta = finiteNumber('--beta', 0);
const decay = finiteNumber('--decay', Number.MIN_VALUE, 1);

function addConditioning(command: Command, act: Act): void {
  const part = command
    .command('conditioning')
    .description(
      'classical experiments: each rule driven and compared with its closed forms, or a trained model',
    )
    .addOption(
      new Option(
        '--level <level>',
        'A: drive the rules; B: train a model, present the experiments in context',
      )
        .choices(['A', 'B'])
        .default('A'),
    )
    .option('--phenomena <names>', 'names between commas (default: all)', nameList('--phenomena'))
    .option(BETA, BETA_HELP, beta)
    .option('--trials <n>', 'trials a phase (default: 30)', wholeNumber('--trials', 1))
    .option('--us <x>', 'size of the US (default: 1)', finiteNumber('--us', Number.MIN_VALUE))
    .option('--decay <x>', 'what a decaying memory keeps a step (default: 0.9)', decay)
    .option('--preset <name>', 'level B: smoke, small (default) or paper of the task conditioning')
    .option('--set <path=value>', 'level B: a setting of task, model and training; may be repeated', repeated)
    .option('--seeds <n>', 'level B: models, of seeds 1 to n (default: 1)', wholeNumber('--seeds', 1))
    .option('--draws <n>', 'level B: presentations to each model (default: 8)', wholeNumber('--draws', 2));
  addLabFlags(part, 'pavlov lab conditioning --rule delta').action(act(conditioning));
}

function addCapacity(command: Command, act: Act): void {
  const part = command
    .command('capacity')
    .description('measure retrieval against number of pairs, key dimension, correlation, decay and age')
    .option('--pairs <list>', 'numbers of pairs (default: 1/4 to 2 of --dim)', wholeNumbers('--pairs'))
    .option('--dim <n>', 'key dimension', wholeNumber('--dim', 2), 32)
    .option('--value-dim <n>', 'value dimension (default: --dim)', wholeNumber('--value-dim', 2))
    .option('--correlation <x>', 'mean cosine of two keys', finiteNumber('--correlation', 0), 0)
    .option(BETA, BETA_HELP, beta)
    .option('--decay <x>', 'what the memory keeps a write', decay, 1)
    .option('--draws <n>', 'independent memories', wholeNumber('--draws', 2), 32)
    .option(
      '--dims <list>',
      'key dimensions to fit the exponent over',
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
      'dim, correlation or decay over which --dim pairs are measured; may be repeated (default: four values of each)',
      repeated,
    );
  addLabFlags(part, 'pavlov lab capacity --rule hebbian,delta --dim 16').action(
    act(async (context, flags: CapacityFlags) =>
      (await import('./capacityPart.js')).capacityPart(context, flags),
    ),
  );
}

function addDepth(command: Command, act: Act): void {
  const part = command
    .command('depth')
    .description('measure chained retrieval against layers, heads and width, with and without clean-up')
    .option('--layers <n>', 'layers', wholeNumber('--layers', 1), 4)
    .option('--heads <list>', 'numbers of heads', wholeNumbers('--heads'), [1, 4])
    .option('--dim <n>', 'key dimension of a head', wholeNumber('--dim', 2), 32)
    .option('--widths <list>', 'dimensions of the codes', wholeNumbers('--widths', 2), [64])
    .option('--pairs <n>', 'items a layer', wholeNumber('--pairs', 1), 32)
    .option(BETA, BETA_HELP, beta)
    .option('--draws <n>', 'independent chains', wholeNumber('--draws', 2), 32);
  addLabFlags(part, 'pavlov lab depth --rule hebbian --layers 3').action(act(depth));
}

function addStability(command: Command, act: Act): void {
  const part = command
    .command('stability')
    .description('find where the memory stays bounded, and compare with the bound each rule declares')
    .option('--betas <list>', 'write strengths', finiteNumbers('--betas', 0.001, 2), [0.5, 1])
    .option('--decays <list>', 'what the memory keeps a step', finiteNumbers('--decays', 0.001, 1), [1, 0.9]);
  addLabFlags(part, 'pavlov lab stability --rule delta').action(act(stability));
}

function addRun(command: Command, act: Act): void {
  const part = command
    .command('run')
    .description('run an experiment of your own (docs/lab.md has the format)')
    .argument('<file>', 'the experiment, YAML or JSON')
    .option(BETA, BETA_HELP, beta);
  addLabFlags(part, 'pavlov lab run blocking.yaml --rule delta').action(act(runFile));
}

/** `pavlov lab` */
export const lab: Verb = {
  name: 'lab',
  summary: 'check the learning rules against the theory of conditioning and of memory',
  example: 'pavlov lab conditioning --rule delta',
  define: (command, act) => {
    for (const add of [addConditioning, addCapacity, addDepth, addStability, addRun]) add(command, act);
  },
};
