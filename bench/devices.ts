/**
 * Times whole training steps of the presets on every device, and the same models in PyTorch on the GPU:
 *
 *   npx tsx bench/devices.ts [--presets tiny,small,base] [--devices cpu,webgpu,cuda] [--python python3]
 *     [--set model.gate=none] [--seconds 20] [--profile] [--out FILE.json]
 *
 * Every cell runs in a process of its own, so that a device that fails leaves the others their turn, and memory is
 * that of one cell. PyTorch joins where `--python` names one that has torch and sees the GPU.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Rng } from '../src/core/rng.js';
import { reasonOf } from '../src/core/text.js';
import { tf } from '../src/core/tf.js';
import type { Engine } from '../src/engine/engine.js';
import { createEngine } from '../src/engine/createEngine.js';
import { markdownTable, table, type Table } from '../report/table.js';
import { resolveConfig } from '../train/config/resolveConfig.js';
import { engineOptionsOf, type RunConfig } from '../train/config/schema.js';
import type { KernelTime } from './kernels.js';
import { median } from './median.js';
import { startTorch } from './peers/torch.js';
import { createTrainee, randomBatch, randomModel, REFERENCE_OPTIMIZER } from './reference.js';
import { kernelTimes } from './train.js';

/** What one process times. */
interface Cell {
  readonly preset: string;
  /** `cpu`, `webgpu`, `cuda`, or `torch eager`, `torch compiled` on CUDA. */
  readonly device: string;
  readonly sets: readonly string[];
  readonly seconds: number;
  readonly profile: boolean;
  readonly python: string;
}

interface Timing {
  readonly parameters: number;
  readonly tokensPerSecond: number;
  readonly stepMs: number;
  readonly minStepMs: number;
  readonly steps: number;
  /** From the first call to the first result. */
  readonly firstStepSeconds: number;
  /**
   * What moving parameters and moments to the device and back costs: the time of a graph that adds 1 to as many
   * numbers and does nothing else. Next to nothing where they stay on the device; else paid once for all steps that
   * are made together.
   */
  readonly stateMs?: number;
  readonly peakRssBytes: number;
  /** More memory of the GPU in use than before the cell began; undefined without `nvidia-smi`. */
  readonly gpuBytes?: number;
  readonly kernels?: readonly KernelTime[];
}

type Outcome = Timing | { readonly failed: string };

/** Steps before the timed ones, and how many of these there are. */
const [WARM_UP, FEWEST, MOST] = [3, 3, 200];

function configOf({ preset, sets }: Cell, device?: string): Promise<RunConfig> {
  const on = device === undefined ? [] : [`engine.device=${device}`];
  return resolveConfig({
    preset,
    overrides: { optimizer: { name: REFERENCE_OPTIMIZER } },
    sets: [...sets, ...on],
  });
}

/** Steps, made together where that gains, until the time is used up, at least three times; milliseconds each. */
async function timed(
  step: () => Promise<number>,
  seconds: number,
): Promise<Omit<Timing, 'parameters' | 'tokensPerSecond'>> {
  const start = performance.now();
  await step();
  const firstStepSeconds = (performance.now() - start) / 1000;
  for (let i = 1; i < WARM_UP; i++) await step();
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < FEWEST || (performance.now() < end && times.length < MOST)) times.push(await step());
  return {
    stepMs: median(times),
    minStepMs: Math.min(...times),
    steps: times.length,
    firstStepSeconds,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

async function timeOurs(cell: Cell): Promise<Timing> {
  const config = await configOf(cell, cell.device);
  const engine = await createEngine(engineOptionsOf(config));
  const trainee = createTrainee(config, engine);
  const timing = await timed(() => trainee.steps(), cell.seconds);
  const { parameters, tokensPerStep } = trainee;
  const stateMs = await timeState(engine, parameters);
  const found = { parameters, tokensPerSecond: (tokensPerStep / timing.stepMs) * 1000, stateMs, ...timing };
  return cell.profile ? { ...found, kernels: await kernelTimes(config) } : found;
}

/** Parameters and the two moments of AdamW as one variable each, updated by the cheapest step there is. */
async function timeState(engine: Engine, parameters: number): Promise<number> {
  const variables = [1, 2, 3].map(() => tf.variable(tf.zeros([parameters])));
  const step = engine.compile(
    () => {
      for (const variable of variables) variable.assign(tf.add(variable, 1));
      return tf.scalar(0);
    },
    { variables, name: 'state' },
  );
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + FEWEST; i++) {
    const start = performance.now();
    await step();
    if (i >= WARM_UP) times.push(performance.now() - start);
  }
  return median(times);
}

async function timeTorch(cell: Cell): Promise<Timing> {
  const config = await configOf(cell);
  const model = randomModel(config);
  const torch = await startTorch(model, config, {
    python: cell.python,
    threads: cpus().length,
    compile: cell.device.endsWith('compiled'),
    device: 'cuda',
  });
  const { batchSize, sequenceLength } = config.train;
  const rng = Rng.fromSeed(config.seed).derive('bench');
  const step = async (): Promise<number> => {
    const batch = randomBatch(rng, batchSize, sequenceLength, model.vocabularySize);
    return (await torch.step({ ids: [...batch.inputs], targets: [...batch.targets] })).stepMs;
  };
  const timing = await timed(step, cell.seconds);
  torch.stop();
  const tokensPerSecond = ((batchSize * sequenceLength) / timing.stepMs) * 1000;
  // Memory of this process says nothing of the worker's.
  return { parameters: torch.facts.parameters, tokensPerSecond, ...timing, peakRssBytes: NaN };
}

/** Memory of the first GPU in use by all processes, in bytes; undefined where nvidia-smi is not there. */
function gpuBytesInUse(): Promise<number | undefined> {
  const args = ['--query-gpu=memory.used', '--format=csv,noheader,nounits', '--id=0'];
  return new Promise((resolve) => {
    execFile('nvidia-smi', args, (error, stdout) => resolve(error ? undefined : Number(stdout) * 2 ** 20));
  });
}

/** Runs a cell in a process of its own and watches the GPU's memory meanwhile. */
async function run(cell: Cell): Promise<Outcome> {
  const before = await gpuBytesInUse();
  let most = before ?? 0;
  const watch = setInterval(
    () => void gpuBytesInUse().then((bytes) => (most = Math.max(most, bytes ?? 0))),
    1000,
  );
  const args = [...process.execArgv, fileURLToPath(import.meta.url), '--cell', JSON.stringify(cell)];
  const outcome = await new Promise<Outcome>((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 26, timeout: 600_000 }, (error, stdout, stderr) => {
      const line = stdout.trimEnd().split('\n').at(-1) ?? '';
      const words = stderr.trimEnd().split('\n').at(-1) ?? '';
      // The cast: the child is this file; what it prints last is an outcome.
      resolve(error ? { failed: words === '' ? error.message : words } : (JSON.parse(line) as Outcome));
    });
  });
  clearInterval(watch);
  return 'failed' in outcome || before === undefined ? outcome : { ...outcome, gpuBytes: most - before };
}

interface Row {
  readonly preset: string;
  readonly device: string;
  readonly outcome: Outcome;
}

const right = (label: string) => ({ label, align: 'right' }) as const;

const gigabytes = (bytes: number | undefined): string =>
  bytes === undefined || Number.isNaN(bytes) ? '' : (bytes / 1e9).toFixed(2);

function cellsOf({ preset, device, outcome }: Row): string[] {
  if ('failed' in outcome) return [preset, device, '', '', '', '', '', '', outcome.failed];
  const { tokensPerSecond, stepMs, minStepMs, stateMs, firstStepSeconds, peakRssBytes, gpuBytes, steps } =
    outcome;
  return [
    preset,
    device,
    tokensPerSecond.toFixed(0),
    `${stepMs.toFixed(1)} (${minStepMs.toFixed(1)})`,
    stateMs?.toFixed(1) ?? '',
    firstStepSeconds.toFixed(1),
    gigabytes(peakRssBytes),
    gigabytes(gpuBytes),
    `${steps} steps`,
  ];
}

const tableOf = (rows: readonly Row[]): Table =>
  table(
    'Training steps by device',
    [
      'preset',
      'device',
      right('tokens/s'),
      right('ms per step, median (least)'),
      right('moving the state once, ms'),
      right('first step, s'),
      right('memory, GB'),
      right('GPU memory, GB'),
      'timed',
    ],
    rows.map(cellsOf),
  );

const { values } = parseArgs({
  options: {
    presets: { type: 'string', default: 'tiny,small,base' },
    devices: { type: 'string', default: 'cpu,webgpu,cuda' },
    python: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '20' },
    profile: { type: 'boolean', default: false },
    out: { type: 'string' },
    cell: { type: 'string' },
  },
});

async function measureAll(): Promise<void> {
  const peers = values.python === undefined ? [] : ['torch eager', 'torch compiled'];
  const devices = new Set([...values.devices.split(','), ...peers]);
  const rows: Row[] = [];
  for (const preset of values.presets.split(',')) {
    for (const device of devices) {
      const outcome = await run({
        preset,
        device,
        sets: values.set,
        seconds: Number(values.seconds),
        profile: values.profile && !device.startsWith('torch'),
        python: values.python ?? 'python3',
      });
      rows.push({ preset, device, outcome });
      console.error(cellsOf({ preset, device, outcome }).join('  '));
      if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(rows, null, 1)}\n`);
    }
  }
  console.log(markdownTable(tableOf(rows)));
}

/** A cell's outcome, told to the parent on the last line. */
async function measureOne(cell: Cell): Promise<void> {
  const timing = cell.device.startsWith('torch') ? timeTorch(cell) : timeOurs(cell);
  const outcome: Outcome = await timing.catch((error: unknown) => ({ failed: reasonOf(error) }));
  process.stdout.write(`\n${JSON.stringify(outcome)}\n`, () => process.exit(0));
}

// The cast: the parent is this file.
await (values.cell === undefined ? measureAll() : measureOne(JSON.parse(values.cell) as Cell));
