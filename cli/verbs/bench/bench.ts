import type { Command } from 'commander';
import type { DecodePass, DecodeTiming } from '../../../bench/decode.js';
import { FEWEST_STEPS, FEWEST_TOKENS } from '../../../bench/limits.js';
import type { MemoryTrace } from '../../../bench/memory.js';
import type { MemoryUse } from '../../../bench/memoryUse.js';
import type { TrainTiming } from '../../../bench/train.js';
import { table, textTable, type Table } from '../../../report/table.js';
import { formatBytes, formatCount } from '../../format.js';
import type { PartialConfig, RunConfig } from '../../../train/config/schema.js';
import { type RunFlags, addModelFlags, configRequest, FORCE, wholeNumber } from '../../options.js';
import { createStatusLine } from '../../output.js';
import type { Act, Context, Outcome, Verb } from '../contract.js';

/** Steps or tokens to time; no budget of a run. */
type BenchFlags<Count extends string> = Omit<RunFlags, Count> &
  Readonly<Record<Count, number>> & { readonly force?: boolean };

/** A measurement with progress, and how people read what it found. */
interface Measurement<T> {
  /** What is under way and what is counted: `timing`, `steps`. */
  readonly doing: string;
  readonly unit: string;
  readonly measure: (onProgress: (done: number, all: number) => void) => Promise<T>;
  readonly describe: (found: T) => string;
}

/** The config of a measurement, which fits into memory unless it is forced to. */
async function configOf(
  { output }: Context,
  { force = false, ...flags }: RunFlags & { readonly force?: boolean },
  base: PartialConfig = {},
): Promise<RunConfig> {
  const { resolveConfig } = await import('../../../train/config/resolveConfig.js');
  const { checkMemory } = await import('../../../train/memory.js');
  const config = await resolveConfig({ ...(await configRequest(flags, output)), base });
  if (!force) checkMemory(config);
  return config;
}

/** Measures under a bar, and prints what was found, as JSON where that is asked for. */
async function follow<T>({ output }: Context, measurement: Measurement<T>): Promise<Outcome> {
  const { doing, unit, measure, describe } = measurement;
  const status = createStatusLine(output);
  const found = await measure((done, all) =>
    status.progress(done / all, `${doing} ${done} of ${all} ${unit}`),
  );
  status.clear();
  if (output.json) output.document(found);
  else output.line(describe(found));
  return undefined;
}

/** A table of texts, of which all columns but perhaps the first are aligned right. */
function textColumns(head: readonly string[], rows: Table['rows'], first: 'left' | 'right' = 'left'): string {
  const columns = head.map((label, i) => ({ label, align: i === 0 ? first : 'right' }) as const);
  return textTable(table('', columns, rows));
}

function describeTraining(timing: TrainTiming): string {
  const { stepMs, minStepMs, gflops, gemmGflops, fractionOfGemm, compileSeconds, kernels } = timing;
  const rows = [
    ['tokens/s', formatCount(timing.tokensPerSecond)],
    ['step, median', `${stepMs.toFixed(1)} ms`],
    ['step, fastest', `${minStepMs.toFixed(1)} ms`],
    ['in matrix products', `${gflops.toFixed(1)} GFLOP/s`],
    ['matmul alone', `${gemmGflops.toFixed(1)} GFLOP/s`],
    ['fraction of matmul', `${(100 * fractionOfGemm).toFixed(1)} %`],
    ['compile', `${compileSeconds.toFixed(2)} s`],
    ['peak memory', formatBytes(timing.peakRssBytes)],
    ['parameters', formatCount(timing.parameters)],
    ['steps timed', formatCount(timing.steps)],
    ['optimizer', timing.optimizer],
  ];
  const times = kernels.map(({ kernel, ms, nodes }) => [kernel, ms.toFixed(2), String(nodes)]);
  const training = textColumns(['training', ''], rows);
  return times.length === 0
    ? training
    : `${training}\n\n${textColumns(['kernel', 'ms per step', 'nodes'], times)}`;
}

async function timeTraining(context: Context, { steps, ...flags }: BenchFlags<'steps'>): Promise<Outcome> {
  const { REFERENCE_OPTIMIZER } = await import('../../../bench/reference.js');
  const { benchTrain } = await import('../../../bench/train.js');
  const config = await configOf(context, flags, { optimizer: { name: REFERENCE_OPTIMIZER } });
  return follow(context, {
    doing: 'timing',
    unit: 'steps',
    measure: (onProgress) => benchTrain({ config, steps, onProgress }),
    describe: describeTraining,
  });
}

/** Tokens of a sequence unless given: enough to pass the 10,000th. */
const TOKENS = 10_500;

function decodeColumn({
  tokensPerSecond,
  tokenMs,
  seconds,
  first,
  last,
  lastOverFirst,
}: DecodePass): string[] {
  return [
    formatCount(tokensPerSecond),
    `${tokenMs.toFixed(3)} ms`,
    `${seconds.toFixed(1)} s`,
    `${first.tokenMs.toFixed(3)} ms`,
    `${last.tokenMs.toFixed(3)} ms`,
    `${lastOverFirst.toFixed(3)} x`,
    formatBytes(first.memory.rssBytes),
    formatBytes(last.memory.rssBytes),
    formatBytes(first.memory.heapBytes),
    formatBytes(last.memory.heapBytes),
  ];
}

function describeDecoding(timing: DecodeTiming): string {
  const { plain, sampled, drawOverToken, texts, compileSeconds, parameters, stateBytes } = timing;
  const ranges = [plain.first, plain.last].map(
    ({ from, to }) => `tokens ${formatCount(from)} to ${formatCount(to)}`,
  );
  const names = [
    'tokens/s',
    'per token, median',
    'all tokens',
    ...ranges,
    'end / start',
    'memory at the start',
    'memory at the end',
    'heap at the start',
    'heap at the end',
  ];
  const columns = [decodeColumn(plain), decodeColumn(sampled)];
  const rows = names.map((name, i) => [name, ...columns.map((column) => column[i] ?? '')]);
  const facts = `${formatCount(parameters)} parameters, a state of ${formatBytes(stateBytes)}, compiled in ${compileSeconds.toFixed(2)} s`;
  const { one, together } = texts;
  const ofOne = (tokensPerSecond: number): string =>
    `${(tokensPerSecond / one.tokensPerSecond).toFixed(2)} x`;
  const { rows: count } = together;
  const whole = [
    [
      'one text',
      formatCount(one.tokensPerSecond),
      '',
      `${(one.tokensPerSecond / plain.tokensPerSecond).toFixed(2)} of the model alone`,
    ],
    [`${count} texts together`, formatCount(together.tokensPerSecond), ofOne(together.tokensPerSecond), ''],
    [
      `${count} rows of the model alone`,
      formatCount(together.modelTokensPerSecond),
      `${(together.modelTokensPerSecond / plain.tokensPerSecond).toFixed(2)} x`,
      'over one row of the model alone',
    ],
    ['drawing a token', '', '', `${(100 * drawOverToken).toFixed(1)} % of the time of the model`],
  ];
  const wholeTexts = textColumns(['whole texts', 'tokens/s', 'over one', ''], whole);
  return `${textColumns(['decoding', 'model alone', 'with sampling'], rows)}\n\n${wholeTexts}\n\n${facts}`;
}

async function timeDecoding(context: Context, { tokens, ...flags }: BenchFlags<'tokens'>): Promise<Outcome> {
  const { benchDecode } = await import('../../../bench/decode.js');
  const config = await configOf(context, flags);
  return follow(context, {
    doing: 'decoding',
    unit: 'tokens',
    measure: (onProgress) => benchDecode({ config, tokens, onProgress }),
    describe: describeDecoding,
  });
}

/** Bytes that may be negative. */
const signedBytes = (bytes: number): string => `${bytes < 0 ? '-' : ''}${formatBytes(Math.abs(bytes))}`;

function memoryCells({ rssBytes, heapBytes, externalBytes, tensors }: MemoryUse): string[] {
  return [...[rssBytes, heapBytes, externalBytes].map(signedBytes), formatCount(tensors)];
}

function describeMemory({ points, growth, optimizer, parameters, peakRssBytes }: MemoryTrace): string {
  const rows = [
    ...points.map((point) => [formatCount(point.step), ...memoryCells(point)]),
    ['growth', ...memoryCells(growth)],
  ];
  const facts = `${formatCount(parameters)} parameters, ${optimizer}; peak ${formatBytes(peakRssBytes)} resident`;
  const head = ['step', 'resident', 'heap', 'buffers', 'tensors'];
  return `${textColumns(head, rows, 'right')}\n\n${facts}`;
}

async function traceMemory(context: Context, { steps, ...flags }: BenchFlags<'steps'>): Promise<Outcome> {
  const { benchMemory } = await import('../../../bench/memory.js');
  const config = await configOf(context, flags);
  return follow(context, {
    doing: 'training',
    unit: 'steps',
    measure: (onProgress) => benchMemory({ config, steps, onProgress }),
    describe: describeMemory,
  });
}

/** Adds the flags that all parts share, and the example. */
function finishPart(part: Command, example: string): Command {
  return addModelFlags(part)
    .option(...FORCE)
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nExample:\n  $ ${example}`);
}

/** `pavlov bench` */
export const bench: Verb = {
  name: 'bench',
  usesProject: true,
  summary: 'measure the speed and memory of training and decoding',
  example: 'pavlov bench train --preset tiny --rule delta --steps 10',
  define: (command: Command, act: Act) => {
    const train = command
      .command('train')
      .description('time whole training steps of a model on random tokens')
      .option('--steps <n>', 'number of steps to time', wholeNumber('--steps', 1), 50);
    finishPart(train, 'pavlov bench train --preset tiny --rule delta --json').action(act(timeTraining));
    const decode = command
      .command('decode')
      .description('time decoding with random parameters, per token near the start and at the end')
      .option('--tokens <n>', 'sequence length', wholeNumber('--tokens', FEWEST_TOKENS), TOKENS);
    finishPart(decode, 'pavlov bench decode --preset tiny --tokens 1000').action(act(timeDecoding));
    const memory = command
      .command('memory')
      .description('trace memory in use over training steps of a model on random tokens')
      .option('--steps <n>', 'number of steps', wholeNumber('--steps', FEWEST_STEPS), 1000);
    finishPart(memory, 'pavlov bench memory --preset smoke --steps 100').action(act(traceMemory));
  },
};
