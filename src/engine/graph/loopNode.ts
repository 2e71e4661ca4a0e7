import { required } from '../../core/required.js';
import type { LoopOptions } from '../loop.js';
import type { GraphBuilder } from './builder.js';
import type { Value } from './value.js';

/** What a loop carries on and puts out, as values. */
export interface LoopValues {
  readonly carry: readonly Value[];
  readonly ys: readonly Value[];
}

/** Records one moment from the values it starts with. */
export type RecordMoment = (carry: readonly Value[], slices: readonly Value[]) => LoopValues;

/** ONNX's `Scan`: carried states first, then sequences sliced along the axis of time. */
export function addLoop(
  { outer, inner }: { readonly outer: GraphBuilder; readonly inner: GraphBuilder },
  record: RecordMoment,
  given: { readonly carry: readonly Value[]; readonly sequences: readonly Value[] },
  { axis, reverse = false }: LoopOptions,
): LoopValues {
  const T = required(given.sequences[0]?.shape[axis], 'a sequence to loop over');
  const carry = given.carry.map(({ shape, dtype }, i) => inner.input(`c${i}`, shape, dtype));
  const slices = given.sequences.map(({ shape, dtype }, i) =>
    inner.input(`x${i}`, shape.toSpliced(axis, 1), dtype),
  );
  const moment = record(carry, slices);
  const outputs = [...moment.carry, ...moment.ys].map((value, i) => inner.output(value, `o${i}`));
  const graph = { ...inner.finish(outputs), inputs: [...carry, ...slices] };
  const times = (count: number, value: number): number[] => new Array<number>(count).fill(value);
  const direction = reverse ? 1 : 0;
  const attributes = {
    body: { graph },
    num_scan_inputs: slices.length,
    scan_input_axes: times(slices.length, axis),
    scan_input_directions: times(slices.length, direction),
    scan_output_axes: times(moment.ys.length, axis),
    scan_output_directions: times(moment.ys.length, direction),
  };
  const infos = [
    ...moment.carry.map(({ shape, dtype }) => ({ shape, dtype })),
    ...moment.ys.map(({ shape, dtype }) => ({ shape: shape.toSpliced(axis, 0, T), dtype })),
  ];
  const results = outer.opMany('Scan', [...given.carry, ...given.sequences], attributes, infos);
  return { carry: results.slice(0, carry.length), ys: results.slice(carry.length) };
}
