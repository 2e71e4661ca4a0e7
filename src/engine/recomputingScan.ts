import { innerGradients, runWithGradient } from '../ops/defineOp.js';
import { required } from '../core/required.js';
import { tf, type Tensor } from '../core/tf.js';
import type { LoopBackend, LoopBody, LoopStep } from './loop.js';

interface ChunkOptions {
  readonly axis: number;
  /** Steps per chunk; divides the length. */
  readonly C: number;
}

/** Splits the axis of time into chunks: `[..,T,..]` to `[..,T/C,C,..]`. */
function chunked(x: Tensor, { axis, C }: ChunkOptions): Tensor {
  return tf.reshape(x, x.shape.toSpliced(axis, 1, (x.shape[axis] ?? 0) / C, C));
}

/** The inverse of `chunked`. */
function joined(x: Tensor, { axis, C }: ChunkOptions): Tensor {
  return tf.reshape(x, x.shape.toSpliced(axis, 2, (x.shape[axis] ?? 0) * C));
}

/** Runs the chunks; puts out the ys by chunk and the carry each chunk started from. */
function forward(
  backend: LoopBackend,
  body: LoopBody,
  carry: readonly Tensor[],
  xs: readonly Tensor[],
  options: ChunkOptions,
): { carry: readonly Tensor[]; ys: Tensor[]; starts: Tensor[] } {
  const { axis } = options;
  const chunkBody: LoopBody = (start, inputs) => {
    const { carry: end, ys } = backend.loop(body, start, inputs, { axis });
    return { carry: end, ys: [...ys, ...start.map((tensor) => timeAt(tensor, axis))] };
  };
  const chunks = xs.map((x) => chunked(x, options));
  const { carry: last, ys } = backend.loop(chunkBody, carry, chunks, { axis });
  const count = ys.length - carry.length;
  return { carry: last, ys: ys.slice(0, count).map((y) => joined(y, options)), starts: ys.slice(count) };
}

/** Gradients of carry and inputs of one step, by tfjs's autodiff of the body. */
function stepGradients(
  body: LoopBody,
  carry: readonly Tensor[],
  xs: readonly Tensor[],
  dCarry: readonly Tensor[],
  dYs: readonly Tensor[],
): Tensor[] {
  const weighted = (tensors: readonly Tensor[], weights: readonly Tensor[]): Tensor[] =>
    tensors.map((tensor, i) => tf.sum(tf.mul(tensor, required(weights[i], 'a gradient'))));
  const loss = (...inputs: Tensor[]): Tensor => {
    const step = body(inputs.slice(0, carry.length), inputs.slice(carry.length));
    return tf.addN([...weighted(step.carry, dCarry), ...weighted(step.ys, dYs)]);
  };
  return innerGradients(loss, [...carry, ...xs]);
}

/** One chunk backwards: its carries again, then the steps from the last to the first. */
function chunkGradients(
  backend: LoopBackend,
  body: LoopBody,
  start: readonly Tensor[],
  xs: readonly Tensor[],
  dCarry: readonly Tensor[],
  dYs: readonly Tensor[],
  axis: number,
): LoopStep {
  const remembered: LoopBody = (carry, inputs) => ({
    carry: body(carry, inputs).carry,
    ys: carry.map((tensor) => timeAt(tensor, axis)),
  });
  const { ys: carries } = backend.loop(remembered, start, xs, { axis });
  const backwards: LoopBody = (gradients, inputs) => {
    const carry = inputs
      .slice(0, start.length)
      .map((c, i) => tf.reshape(c, required(start[i], 'a carry').shape));
    const at = inputs.slice(start.length, start.length + xs.length);
    const all = stepGradients(body, carry, at, gradients, inputs.slice(start.length + xs.length));
    return { carry: all.slice(0, start.length), ys: all.slice(start.length) };
  };
  return backend.loop(backwards, dCarry, [...carries, ...xs, ...dYs], { axis, reverse: true });
}

/** A tensor flattened to a rank that has room for the axis of time at `axis`. */
function timeAt(tensor: Tensor, axis: number): Tensor {
  return tf.reshape(tensor, [...new Array<number>(axis).fill(1), tensor.size]);
}

/**
 * A scan on a backend with loops, with a gradient that keeps the carry at the start of each chunk and computes
 * the rest again.
 */
export function recomputingScan(
  backend: LoopBackend,
  body: LoopBody,
  initial: readonly Tensor[],
  sequences: readonly Tensor[],
  options: ChunkOptions,
): LoopStep {
  const inputs = [...initial, ...sequences];
  let carries = 0;
  const outputs = runWithGradient({
    forwardFunc: (_backend, save) => {
      const { carry, ys, starts } = forward(backend, body, initial, sequences, options);
      carries = carry.length;
      save([...inputs, ...starts]);
      return [...carry, ...ys];
    },
    backwardsFunc: (dy, saved) => {
      const dOut = Array.isArray(dy) ? dy : [dy];
      const xs = saved.slice(initial.length, inputs.length).map((x) => chunked(x, options));
      const dYs = dOut.slice(carries).map((d) => chunked(d, options));
      const starts = saved.slice(inputs.length);
      const reversed: LoopBody = (dCarry, given) => {
        const start = given
          .slice(0, carries)
          .map((s, i) => tf.reshape(s, required(initial[i], 'a carry').shape));
        const rest = given.slice(carries);
        return chunkGradients(
          backend,
          body,
          start,
          rest.slice(0, xs.length),
          dCarry,
          rest.slice(xs.length),
          options.axis,
        );
      };
      const { carry, ys } = backend.loop(reversed, dOut.slice(0, carries), [...starts, ...xs, ...dYs], {
        axis: options.axis,
        reverse: true,
      });
      const all = [...carry, ...ys.map((y) => joined(y, options))];
      return Object.fromEntries(all.map((gradient, i) => [String(i), () => gradient]));
    },
    inputs: Object.fromEntries(inputs.map((tensor, i) => [String(i), tensor])),
  });
  return { carry: outputs.slice(0, carries), ys: outputs.slice(carries) };
}
