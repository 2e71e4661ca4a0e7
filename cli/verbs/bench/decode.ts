import type { Command } from 'commander';
import type { DecodePass, DecodeTiming } from '../../../bench/decode.js';
import { FEWEST_TOKENS } from '../../../bench/limits.js';
import { formatBytes, formatCount } from '../../format.js';
import { wholeNumber } from '../../optionValues.js';
import type { Output } from '../../output.js';
import { addModelFlags, configRequest, type RunFlags } from '../../runOptions.js';
import { textTable } from '../../../report/textTable.js';
import type { Act, Context, Outcome } from '../contract.js';
import { follow } from './follow.js';

interface DecodeFlags extends Omit<RunFlags, 'tokens'> {
  /** Tokens of a sequence; no budget of a run. */
  readonly tokens: number;
}

/** Tokens of a sequence unless asked otherwise: enough for the 10,000th to lie behind. */
const TOKENS = 10_500;

function columnOf({ tokensPerSecond, tokenMs, seconds, first, last, lastOverFirst }: DecodePass): string[] {
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

function printTiming(output: Output, timing: DecodeTiming): void {
  const { plain, sampled, compileSeconds, parameters, stateBytes } = timing;
  const places = [plain.first, plain.last].map(
    ({ from, to }) => `tokens ${formatCount(from)} to ${formatCount(to)}`,
  );
  const names = [
    'tokens/s',
    'a token, median',
    'all tokens',
    ...places,
    'the end against the start',
    'memory at the start',
    'memory at the end',
    'of it heap at the start',
    'of it heap at the end',
  ];
  const columns = [columnOf(plain), columnOf(sampled)];
  const rows = names.map((name, i) => [name, ...columns.map((column) => column[i] ?? '')]);
  output.line(textTable(['decoding', 'the model', 'and sampling'], rows, [1, 2]));
  output.line();
  output.line(
    `${formatCount(parameters)} weights, a state of ${formatBytes(stateBytes)}, compiled in ${compileSeconds.toFixed(2)} s`,
  );
}

async function timeDecoding(context: Context, { tokens, ...flags }: DecodeFlags): Promise<Outcome> {
  const { resolveConfig } = await import('../../../train/config/resolveConfig.js');
  const { benchDecode } = await import('../../../bench/decode.js');
  const config = await resolveConfig(configRequest(flags, context.output));
  return follow(context, {
    doing: 'decoding',
    unit: 'tokens',
    measure: (onProgress) => benchDecode({ config, tokens, onProgress }),
    print: printTiming,
  });
}

/** Adds `bench decode`. */
export function addDecode(command: Command, act: Act): void {
  addModelFlags(
    command
      .command('decode')
      .description('time decoding of a model on random weights: a token near the start and one at the end')
      .option('--tokens <n>', 'tokens of the sequence', wholeNumber('--tokens', FEWEST_TOKENS), TOKENS),
  )
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ pavlov bench decode --preset tiny --tokens 1000')
    .action(act(timeDecoding));
}
