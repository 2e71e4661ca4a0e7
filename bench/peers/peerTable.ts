import { table, type Table } from '../../report/table.js';
import type { Line, Timed } from './measure.js';

const right = (label: string) => ({ label, align: 'right' }) as const;

const digits = (ms: number): string => ms.toFixed(ms < 10 ? 2 : 0);

/** Whether times are those of the processor: on a machine that others use too, with one thread, they say more. */
export type Clock = 'clock' | 'processor';

const timesOf = (side: Timed, clock: Clock): [median: number, least: number] =>
  clock === 'clock' ? [side.medianMs, side.minMs] : [side.medianProcessorMs, side.minProcessorMs];

/** By medians, and by minima. */
function ratio(ours: Timed, peer: Timed | string, clock: Clock): string {
  if (typeof peer === 'string') return peer;
  const [[median, least], [ownMedian, ownLeast]] = [timesOf(peer, clock), timesOf(ours, clock)];
  return `${(median / ownMedian).toFixed(2)} (${(least / ownLeast).toFixed(2)})`;
}

/** Milliseconds and ratios of each line; above 1 ours is faster. */
export function peerTable(lines: readonly Line[], clock: Clock): Table {
  return table(
    'Pavlov and PyTorch',
    [
      'work',
      'rule',
      right('Pavlov, ms per step or token'),
      right('x PyTorch eager'),
      right('x PyTorch compiled'),
      right('agreement'),
    ],
    lines.map(({ title, rule, pavlov, eager, compiled, agreement }) => [
      title,
      rule,
      timesOf(pavlov, clock).map(digits).join(' (') + ')',
      ratio(pavlov, eager, clock),
      ratio(pavlov, compiled, clock),
      agreement.toExponential(0),
    ]),
  );
}
