import { tf, type Tensor } from '../core/tf.js';
import { unstack } from '../core/unstack.js';
import { chunksOf, type Chunks } from './chunks.js';
import type { ScanStates } from './decayScan.js';

/** Moments run one after the other up to this many; more in groups side by side. */
const UNROLLED = 16;

/**
 * The states of a memory whose channels decay each by its own factor.
 *
 *   S_{n+1} = f_n (.) S_n + W_n
 *
 * Above 16 moments in groups of about sqrt(N), as in `affineScan`.
 *
 * Shapes: factors f `[M,N,V,K]`, V or K may be 1 · writes W `[M,N,V,K]` · start `[M,V,K]`, absent for an empty
 * memory · starts `[M,N,V,K]`, absent where all are empty · final `[M,V,K]`.
 */
export function channelScan(factors: Tensor, writes: Tensor, start: Tensor | undefined): ScanStates {
  const N = writes.shape[1] ?? 0;
  if (N > UNROLLED) return inGroups(factors, writes, start);
  const { starts, final } = oneByOne(factors, writes, start);
  return { ...((start !== undefined || N > 1) && { starts }), final };
}

interface Scanned {
  readonly starts: Tensor;
  readonly final: Tensor;
}

function oneByOne(factors: Tensor, writes: Tensor, start: Tensor | undefined): Scanned {
  const [M = 0, , V = 0, K = 0] = writes.shape;
  const factor = unstack(factors, 1);
  const starts: Tensor[] = [];
  let state = start;
  unstack(writes, 1).forEach((write, n) => {
    starts.push(state ?? tf.zeros([M, V, K]));
    state = advanced(state, factor[n] as Tensor, write); // as many factors as writes
  });
  return { starts: tf.stack(starts, 1), final: state ?? tf.zeros([M, V, K]) };
}

/** `f (.) S + W`; an absent S is zero. */
function advanced(state: Tensor | undefined, factor: Tensor, write: Tensor): Tensor {
  return state ? tf.add(tf.mul(state, factor), write) : write;
}

function inGroups(factors: Tensor, writes: Tensor, start: Tensor | undefined): Scanned {
  const [M = 0, N = 0, V = 0, K = 0] = writes.shape;
  const groups = chunksOf(N, Math.ceil(Math.sqrt(N)));
  const { N: G, C } = groups;
  const [f, W] = [grouped(factors, groups, 1), grouped(writes, groups, 0)];
  const whole = unstack(f, 1).reduce((product, factor) => tf.mul(product, factor));
  const written = oneByOne(f, W, undefined).final;
  const outer = channelScan(
    tf.reshape(whole, [M, G, ...whole.shape.slice(1)]),
    tf.reshape(written, [M, G, V, K]),
    start,
  );
  const first = tf.reshape(outer.starts as Tensor, [M * G, V, K]); // more than one group
  const filled = tf.reshape(oneByOne(f, W, first).starts, [M, G * C, V, K]);
  return { starts: G * C === N ? filled : tf.slice(filled, [0, 0, 0, 0], [M, N, V, K]), final: outer.final };
}

/** `[M,N,..]` to groups `[M G,C,..]`, filled up with `filling`. */
function grouped(x: Tensor, { T: N, C, N: G }: Chunks, filling: number): Tensor {
  const [M = 0, , ...rest] = x.shape;
  const padding: [number, number][] = [
    [0, 0],
    [0, G * C - N],
    [0, 0],
    [0, 0],
  ];
  return tf.reshape(G * C === N ? x : tf.pad(x, padding, filling), [M * G, C, ...rest]);
}
