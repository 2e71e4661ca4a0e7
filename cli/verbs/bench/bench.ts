import type { Command } from 'commander';
import type { TrainTiming } from '../../../bench/train.js';
import { addDecode } from './decode.js';
import { follow } from './follow.js';
import { addMemory } from './memory.js';
import { formatBytes, formatCount } from '../../format.js';
import { wholeNumber } from '../../optionValues.js';
import type { Output } from '../../output.js';
import { addModelFlags, configRequest, type RunFlags } from '../../runOptions.js';
import { textTable } from '../../../report/textTable.js';
import type { Act, Context, Outcome, Verb } from '../contract.js';

interface BenchFlags extends Omit<RunFlags, 'steps'> {
  /** Steps to time; no budget of a run. */
  readonly steps: number;
}

function printTiming(output: Output, timing: TrainTiming): void {
  const { stepMs, minStepMs, gflops, gemmGflops, fractionOfGemm, compileSeconds, kernels } = timing;
  const rows = [
    ['tokens/s', formatCount(timing.tokensPerSecond)],
    ['step, median', `${stepMs.toFixed(1)} ms`],
    ['step, fastest', `${minStepMs.toFixed(1)} ms`],
    ['in matrix products', `${gflops.toFixed(1)} GFLOP/s`],
    ['plain products here', `${gemmGflops.toFixed(1)} GFLOP/s`],
    ['share of that', `${(100 * fractionOfGemm).toFixed(1)} %`],
    ['compile', `${compileSeconds.toFixed(2)} s`],
    ['peak memory', formatBytes(timing.peakRssBytes)],
    ['weights', formatCount(timing.parameters)],
    ['steps timed', formatCount(timing.steps)],
    ['optimizer', timing.optimizer],
  ];
  output.line(textTable(['training', ''], rows, [1]));
  if (kernels.length === 0) return;
  output.line();
  const parts = kernels.map(({ kernel, ms, nodes }) => [kernel, ms.toFixed(2), String(nodes)]);
  output.line(textTable(['kernel', 'ms a step', 'nodes'], parts, [1, 2]));
}

async function timeTraining(context: Context, { steps, ...flags }: BenchFlags): Promise<Outcome> {
  const { resolveConfig } = await import('../../../train/config/resolveConfig.js');
  const { REFERENCE_OPTIMIZER } = await import('../../../bench/reference.js');
  const { benchTrain } = await import('../../../bench/train.js');
  const base = { optimizer: { name: REFERENCE_OPTIMIZER } };
  const config = await resolveConfig({ ...configRequest(flags, context.output), base });
  return follow(context, {
    doing: 'timing',
    unit: 'steps',
    measure: (onProgress) => benchTrain({ config, steps, onProgress }),
    print: printTiming,
  });
}

function addTrain(command: Command, act: Act): void {
  addModelFlags(
    command
      .command('train')
      .description('time whole training steps of a model on random tokens')
      .option('--steps <n>', 'steps to time', wholeNumber('--steps', 1), 50),
  )
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ pavlov bench train --preset tiny --rule delta --json')
    .action(act(timeTraining));
}

/** `pavlov bench` */
export const bench: Verb = {
  name: 'bench',
  summary: 'time training and decoding, follow their memory',
  example: 'pavlov bench train --preset tiny --rule delta --steps 10',
  define: (command, act) => {
    addTrain(command, act);
    addDecode(command, act);
    addMemory(command, act);
  },
};
