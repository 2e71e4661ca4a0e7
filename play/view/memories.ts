import type { LayerView, PlayFacts, PlayLayer, PlayStep } from '../../web/index.js';
import { largest } from './colours.js';

/** A head of a model. */
export interface HeadPlace {
  readonly layer: number;
  readonly head: number;
}

export const headName = ({ layer, head }: HeadPlace): string => `layer ${layer + 1}, head ${head + 1}`;

/** All heads with memories, in order. */
export function headsOf({ layers }: PlayFacts): readonly HeadPlace[] {
  return layers.flatMap(({ layer, heads }) => Array.from({ length: heads }, (_, head) => ({ layer, head })));
}

/** The memory that a head reads: as many heads in a row share one. */
export const memoryOf = ({ heads, memories }: PlayLayer, head: number): number =>
  Math.floor((head * memories) / heads);

export function layerFacts({ layers }: PlayFacts, layer: number): PlayLayer | undefined {
  return layers.find((one) => one.layer === layer);
}

const viewOf = (step: PlayStep | undefined, layer: number): LayerView | undefined =>
  step?.layers.find((view) => view.layer === layer);

/** The memory `[V,K]` that a head reads after a token; zeros before the first. */
export function matrixOf(step: PlayStep | undefined, facts: PlayLayer, head: number): Float32Array {
  const size = facts.valueSize * facts.keySize;
  const memory = memoryOf(facts, head);
  return viewOf(step, facts.layer)?.S.subarray(memory * size, (memory + 1) * size) ?? new Float32Array(size);
}

/** Cell by cell, the first less the second. */
export function difference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - (b[i] ?? 0));
}

/** Root of the sum of squares. */
export function sizeOf(matrix: Float32Array): number {
  return Math.sqrt(matrix.reduce((sum, x) => sum + x * x, 0));
}

/** The largest cell of a head's memory over a text: one scale for all its pictures. */
export function largestCell(steps: readonly PlayStep[], facts: PlayLayer, head: number): number {
  return largest(steps.map((step) => largest(matrixOf(step, facts, head))));
}

/** A number of a head at every token. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** The mean over what belongs to one memory. */
function ownMean(values: Float32Array | undefined, memory: number, memories: number): number {
  const all = values ?? new Float32Array();
  const width = all.length / memories;
  const own = all.subarray(memory * width, (memory + 1) * width);
  return own.reduce((sum, x) => sum + x, 0) / own.length;
}

/** What a head's memory was told at every token: signals of the rule, the share kept, and how large it was after. */
export function seriesOf(steps: readonly PlayStep[], facts: PlayLayer, head: number): readonly Series[] {
  const memory = memoryOf(facts, head);
  const over = (of: (view: LayerView) => Float32Array | undefined): number[] =>
    steps.map((step) => {
      const view = viewOf(step, facts.layer);
      return ownMean(view && of(view), memory, facts.memories);
    });
  return [
    ...facts.signals.map((name) => ({ name, values: over(({ signals }) => signals[name]) })),
    ...(facts.hasDecay ? [{ name: 'decay', values: over(({ decay }) => decay) }] : []),
    { name: 'size of S', values: steps.map((step) => sizeOf(matrixOf(step, facts, head))) },
  ];
}
