import type { Command } from 'commander';
import { FEWEST_STEPS } from '../../../bench/limits.js';
import type { MemoryTrace } from '../../../bench/memory.js';
import type { MemoryUse } from '../../../bench/memoryUse.js';
import { formatBytes, formatCount } from '../../format.js';
import { wholeNumber } from '../../optionValues.js';
import type { Output } from '../../output.js';
import { addModelFlags, configRequest, type RunFlags } from '../../runOptions.js';
import { textTable } from '../../../report/textTable.js';
import type { Act, Context, Outcome } from '../contract.js';
import { follow } from './follow.js';

interface MemoryFlags extends Omit<RunFlags, 'steps'> {
  /** Steps to make; no budget of a run. */
  readonly steps: number;
}

/** Bytes that may be fewer than none. */
const signedBytes = (bytes: number): string => `${bytes < 0 ? '-' : ''}${formatBytes(Math.abs(bytes))}`;

function cells({ rssBytes, heapBytes, externalBytes, tensors }: MemoryUse): string[] {
  return [...[rssBytes, heapBytes, externalBytes].map(signedBytes), formatCount(tensors)];
}

function printTrace(
  output: Output,
  { points, growth, optimizer, parameters, peakRssBytes }: MemoryTrace,
): void {
  const rows = [
    ...points.map((point) => [formatCount(point.step), ...cells(point)]),
    ['growth', ...cells(growth)],
  ];
  output.line(textTable(['step', 'resident', 'heap', 'buffers', 'tensors'], rows, [0, 1, 2, 3, 4]));
  output.line();
  output.line(`${formatCount(parameters)} weights, ${optimizer}; peak ${formatBytes(peakRssBytes)} resident`);
}

async function traceMemory(context: Context, { steps, ...flags }: MemoryFlags): Promise<Outcome> {
  const { resolveConfig } = await import('../../../train/config/resolveConfig.js');
  const { benchMemory } = await import('../../../bench/memory.js');
  const config = await resolveConfig(configRequest(flags, context.output));
  return follow(context, {
    doing: 'training',
    unit: 'steps',
    measure: (onProgress) => benchMemory({ config, steps, onProgress }),
    print: printTrace,
  });
}

/** Adds `bench memory`. */
export function addMemory(command: Command, act: Act): void {
  addModelFlags(
    command
      .command('memory')
      .description('memory in use after ever more training steps of a model on random tokens')
      .option('--steps <n>', 'steps to make', wholeNumber('--steps', FEWEST_STEPS), 1000),
  )
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ pavlov bench memory --preset smoke --steps 100')
    .action(act(traceMemory));
}
