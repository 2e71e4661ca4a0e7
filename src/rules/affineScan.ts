import { tf, type Tensor } from '../core/tf.js';
import { unstack } from '../core/unstack.js';
import { chunksOf, type Chunks } from './chunks.js';
import type { ScanStates } from './decayScan.js';

/** Moments run one after the other up to this many; more in groups side by side. */
const UNROLLED = 16;

/**
 * The states of a memory that is transformed and added to.
 *
 *   S_{n+1} = S_n P_n + W_n
 *
 * Above 16 moments, groups of about sqrt(N) are composed side by side, the groups' starts found by a scan over
 * groups, and the groups run from their starts: about 4 sqrt(N) dependent products.
 *
 * Shapes: transitions P `[B,H,N,K,K]` · writes W `[B,H,N,V,K]` · start `[B,H,V,K]`, absent for an empty
 * memory.
 */
export function affineScan(transitions: Tensor, writes: Tensor, start: Tensor | undefined): ScanStates {
  const [B = 0, H = 0, N = 0, V = 0, K = 0] = writes.shape;
  const first = start && tf.reshape(start, [B * H, V, K]);
  const P = tf.reshape(transitions, [B * H, N, K, K]);
  const { states, final } = scanStates(P, tf.reshape(writes, [B * H, N, V, K]), first);
  return {
    ...((start !== undefined || N > 1) && { starts: tf.reshape(states, [B, H, N, V, K]) }),
    final: tf.reshape(final, [B, H, V, K]),
  };
}

/** Gradients `[B,H,N,V,K]` of the state after each moment, and `[B,H,V,K]` of the state before the first. */
export interface AdjointStates {
  readonly after: Tensor;
  readonly start: Tensor;
}

/**
 * The adjoint of `affineScan`, from the last moment to the first.
 *
 *   G_{n-1} = G_n P_n^T + Y_n
 *
 * Shapes: transitions P `[B,H,N,K,K]` · gradients Y of the states before each moment `[B,H,N,V,K]` · end
 * `[B,H,V,K]`, the gradient of the last state.
 */
export function adjointScan(transitions: Tensor, gradients: Tensor, end: Tensor): AdjointStates {
  const [B = 0, H = 0, N = 0, V = 0, K = 0] = gradients.shape;
  const P = tf.reshape(transitions, [B * H, N, K, K]);
  const Y = tf.reshape(gradients, [B * H, N, V, K]);
  const { states, final } = scanBackwards(P, Y, tf.reshape(end, [B * H, V, K]));
  return { after: tf.reshape(states, [B, H, N, V, K]), start: tf.reshape(final, [B, H, V, K]) };
}

function scanBackwards(P: Tensor, Y: Tensor, end: Tensor): Scanned {
  if ((Y.shape[1] ?? 0) <= UNROLLED) return oneByOne(P, Y, end, true);
  const turned = tf.transpose(tf.reverse(P, 1), [0, 1, 3, 2]);
  const { states, final } = inGroups(turned, tf.reverse(Y, 1), end);
  return { states: tf.reverse(states, 1), final };
}

/** States before each moment `[M,N,V,K]` and after the last `[M,V,K]`: P `[M,N,K,K]`, W `[M,N,V,K]`. */
interface Scanned {
  readonly states: Tensor;
  readonly final: Tensor;
}

function scanStates(P: Tensor, W: Tensor, start: Tensor | undefined): Scanned {
  const N = W.shape[1] ?? 0;
  return N <= UNROLLED ? oneByOne(P, W, start) : inGroups(P, W, start);
}

/** One after the other; backwards: from the last to the first, with transposed transitions. */
function oneByOne(P: Tensor, W: Tensor, start: Tensor | undefined, backwards = false): Scanned {
  const [M = 0, , V = 0, K = 0] = W.shape;
  const inOrder = <T>(list: readonly T[]): readonly T[] => (backwards ? list.toReversed() : list);
  const transitions = inOrder(unstack(P, 1));
  const states: Tensor[] = [];
  let state = start;
  inOrder(unstack(W, 1)).forEach((write, n) => {
    states.push(state ?? tf.zeros([M, V, K]));
    state = advanced(state, transitions[n], write, backwards);
  });
  return { states: tf.stack([...inOrder(states)], 1), final: state ?? tf.zeros([M, V, K]) };
}

/** `S P + W`, P transposed if so said; an absent S is zero. */
function advanced(
  state: Tensor | undefined,
  transition: Tensor | undefined,
  write: Tensor,
  transposed = false,
): Tensor {
  return state && transition ? tf.add(tf.matMul(state, transition, false, transposed), write) : write;
}

function inGroups(P: Tensor, W: Tensor, start: Tensor | undefined): Scanned {
  const [M = 0, N = 0, V = 0, K = 0] = W.shape;
  const groups = chunksOf(N, Math.ceil(Math.sqrt(N)));
  const { N: G, C } = groups;
  const transitions = tf.reshape(filledWithIdentity(P, groups), [M * G, C, K, K]);
  const written = tf.reshape(filledWithZeros(W, groups), [M * G, C, V, K]);
  const whole = composed(transitions, written);
  const outer = scanStates(
    tf.reshape(whole.transition, [M, G, K, K]),
    tf.reshape(whole.write, [M, G, V, K]),
    start,
  );
  const { states } = oneByOne(transitions, written, tf.reshape(outer.states, [M * G, V, K]));
  const filled = tf.reshape(states, [M, G * C, V, K]);
  return { states: G * C === N ? filled : tf.slice(filled, [0, 0, 0, 0], [M, N, V, K]), final: outer.final };
}

/** All moments of a group as one: `S P_0 P_1 .. + ((W_0 P_1 + W_1) P_2 + ..)`. */
function composed(P: Tensor, W: Tensor): { readonly transition: Tensor; readonly write: Tensor } {
  const writes = unstack(W, 1);
  const moments = unstack(P, 1).flatMap((transition, n) => {
    return writes.slice(n, n + 1).map((write) => ({ transition, write }));
  });
  return moments.reduce((before, { transition, write }) => ({
    transition: tf.matMul(before.transition, transition),
    write: advanced(before.write, transition, write),
  }));
}

function filledWithZeros(W: Tensor, { T, C, N }: Chunks): Tensor {
  if (N * C === T) return W;
  return tf.pad(W, [
    [0, 0],
    [0, N * C - T],
    [0, 0],
    [0, 0],
  ]);
}

function filledWithIdentity(P: Tensor, { T, C, N }: Chunks): Tensor {
  if (N * C === T) return P;
  const [M = 0, , K = 0] = P.shape;
  const identity = tf.add(tf.zeros([M, N * C - T, K, K]), tf.eye(K));
  return tf.concat([P, identity], 1);
}
