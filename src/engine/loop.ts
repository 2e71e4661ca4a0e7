import { tf, type Tensor } from '../core/tf.js';
import { unstack } from '../core/unstack.js';

/** One step of a loop: what is carried on, and what is put out. */
export interface LoopStep {
  readonly carry: readonly Tensor[];
  readonly ys: readonly Tensor[];
}

/** Computes step t from what was carried and each sequence's slice at t (the time axis dropped). */
export type LoopBody = (carry: readonly Tensor[], xs: readonly Tensor[]) => LoopStep;

export interface LoopOptions {
  /** The axis of time in every sequence and output. */
  readonly axis: number;
  /** From the last step to the first; outputs stay in the order of time. */
  readonly reverse?: boolean;
}

/** A tfjs backend with a loop of its own, so that the body is recorded once. */
export interface LoopBackend {
  loop(
    body: LoopBody,
    carry: readonly Tensor[],
    sequences: readonly Tensor[],
    options: LoopOptions,
  ): LoopStep;
}

/** The current backend if it loops by itself, else one that runs step after step. */
export function loopBackend(): LoopBackend {
  const backend = tf.backend();
  // The cast is what the check before it establishes.
  return 'loop' in backend ? (backend as unknown as LoopBackend) : { loop: oneByOne };
}

/** Every step one after the other, of which only what it carries on and puts out is kept. */
function oneByOne(
  body: LoopBody,
  initial: readonly Tensor[],
  sequences: readonly Tensor[],
  { axis, reverse = false }: LoopOptions,
): LoopStep {
  const slices = sequences.map((sequence) => unstack(sequence, axis));
  const T = slices[0]?.length ?? 0;
  let carry = initial;
  const outputs: (readonly Tensor[])[] = [];
  for (let i = 0; i < T; i++) {
    const t = reverse ? T - 1 - i : i;
    const xs = slices.flatMap((slice) => slice.slice(t, t + 1));
    const { carry: next, ys } = tidied(body, carry, xs);
    carry = next;
    outputs.push(ys);
  }
  const inTime = reverse ? outputs.reverse() : outputs;
  const ys = (inTime[0] ?? []).map((_, i) =>
    tf.stack(
      inTime.flatMap((output) => output.slice(i, i + 1)),
      axis,
    ),
  );
  return { carry, ys };
}

/** A step without the tensors on the way. */
function tidied(body: LoopBody, carry: readonly Tensor[], xs: readonly Tensor[]): LoopStep {
  const count = carry.length;
  const tensors = tf.tidy(() => {
    const step = body(carry, xs);
    return [...step.carry, ...step.ys];
  });
  return { carry: tensors.slice(0, count), ys: tensors.slice(count) };
}
