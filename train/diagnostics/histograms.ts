import type { BlockTraces, BlockValues } from './headDiagnostics.js';

/** The quantity a trace is a histogram of, and whether it has a value a token; nothing for those that are none. */
function histogramOf(trace: string): { readonly quantity: string; readonly perToken: boolean } | undefined {
  if (trace === 'decay') return { quantity: trace, perToken: true };
  if (trace.startsWith('signal/')) return { quantity: trace.slice('signal/'.length), perToken: true };
  if (!trace.startsWith('state/') || trace === 'state/S') return undefined;
  return { quantity: trace.slice('state/'.length), perToken: false };
}

/** How many values of each row count: those of its first document's tokens, or all where they are at its end. */
function counted({ shape }: BlockValues, lengths: readonly number[], perToken: boolean): number[] {
  const [rows = 0, , ...rest] = shape;
  const size = rest.reduce((product, n) => product * n, 1);
  // What is the same for all rows has one, and is followed as long as the longest.
  const ownLengths = rows === lengths.length ? lengths : [Math.max(...lengths)];
  const [T = 1] = rest;
  return ownLengths.map((length) => (perToken ? (size / T) * length : length > 0 ? size : 0));
}

/** The values of each memory of a quantity `[B,M,..]`. */
function byHead({ values, shape }: BlockValues, counts: readonly number[]): Float32Array[] {
  const [, heads = 0, ...rest] = shape;
  const size = rest.reduce((product, n) => product * n, 1);
  return Array.from({ length: heads }, (_, head) => {
    const parts = counts.map((count, row) => {
      const begin = (row * heads + head) * size;
      return values.subarray(begin, begin + count);
    });
    return Float32Array.from(parts.flatMap((part) => Array.from(part)));
  });
}

/**
 * The values behind a block's histograms, by `<quantity>/block <i>/head <h>`: decay and signals of every token, and
 * what else the rule carries at the end, of the first document of each row, as in `headDiagnostics`.
 *
 * @param lengths tokens of the first document of each row; rows of 0 do not count.
 */
export function histogramsOf(
  { block, traces }: BlockTraces,
  lengths: readonly number[],
): (readonly [string, Float32Array])[] {
  return Object.entries(traces).flatMap(([trace, values]) => {
    const found = histogramOf(trace);
    if (found === undefined) return [];
    const parts = byHead(values, counted(values, lengths, found.perToken));
    return parts.map((part, head) => [`${found.quantity}/block ${block}/head ${head}`, part] as const);
  });
}
