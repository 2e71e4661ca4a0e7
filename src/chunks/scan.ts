import { tf, type Tensor } from '../core/tf.js';
import { unstack } from '../core/unstack.js';
import { chunksOf, padded, type Chunks } from './layout.js';

/** Steps run one after the other up to this many; more in groups side by side. */
const UNROLLED = 16;

/**
 * What each step does to a memory before it adds to it.
 *
 * Shapes: transitions P `[..,N,K,K]` · factors f `[..,N,V,K]`, of which all but N may be 1; beside transitions K is 1,
 * so that the two commute.
 */
export interface Moves {
  readonly transitions?: Tensor | undefined;
  readonly factors?: Tensor | undefined;
}

/** States before each step, and after the last. */
export interface ScanStates {
  /** `[B,H,N,V,K]`; absent where every state before a step is empty. */
  readonly starts?: Tensor;
  /** `[B,H,V,K]` */
  readonly final: Tensor;
}

/**
 * The states of a memory that is transformed and added to.
 *
 *   S_{n+1} = f_n (.) (S_n P_n) + W_n
 *
 * Above 16 steps, groups of about sqrt(N) are composed side by side, the groups' starts found by a scan over
 * groups, and the groups run from their starts: about 4 sqrt(N) dependent products.
 *
 * Shapes: moves and writes W `[B,H,N,V,K]` · start `[B,H,V,K]`, absent for an empty memory.
 */
export function affineScan(moves: Moves, writes: Tensor, start: Tensor | undefined): ScanStates {
  const [B = 0, H = 0, N = 0, V = 0, K = 0] = writes.shape;
  const merged = (x: Tensor): Tensor => {
    const whole = x.shape[0] === B && x.shape[1] === H;
    return tf.reshape(whole ? x : tf.add(x, tf.zeros([B, H, 1, 1, 1])), [B * H, ...x.shape.slice(2)]);
  };
  const { states, final } = scanStates(bothOf(moves, merged), merged(writes), start && merged(start));
  return {
    ...((start !== undefined || N > 1) && { starts: tf.reshape(states, [B, H, N, V, K]) }),
    final: tf.reshape(final, [B, H, V, K]),
  };
}

/** Gradients `[B,H,N,V,K]` of the state after each step, and `[B,H,V,K]` of the state before the first. */
export interface AdjointStates {
  readonly after: Tensor;
  readonly start: Tensor;
}

/**
 * The adjoint of `affineScan` with transitions alone, from the last step to the first.
 *
 *   G_{n-1} = G_n P_n^T + Y_n
 *
 * Shapes: transitions P `[B,H,N,K,K]` · gradients Y of the states before each step `[B,H,N,V,K]` · end
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
  if ((Y.shape[1] ?? 0) <= UNROLLED) return oneByOne({ transitions: P }, Y, end, true);
  const transitions = tf.transpose(tf.reverse(P, 1), [0, 1, 3, 2]);
  const { states, final } = inGroups({ transitions }, tf.reverse(Y, 1), end);
  return { states: tf.reverse(states, 1), final };
}

/** States before each step `[M,N,V,K]` and after the last `[M,V,K]`: moves and W `[M,N,..]`. */
interface Scanned {
  readonly states: Tensor;
  readonly final: Tensor;
}

function bothOf({ transitions, factors }: Moves, change: (x: Tensor) => Tensor): Moves {
  return { transitions: transitions && change(transitions), factors: factors && change(factors) };
}

function scanStates(moves: Moves, W: Tensor, start: Tensor | undefined): Scanned {
  const N = W.shape[1] ?? 0;
  return N <= UNROLLED ? oneByOne(moves, W, start) : inGroups(moves, W, start);
}

/** A step's moves `[M,..]` and write `[M,V,K]`. */
interface Step {
  readonly move: Moves;
  readonly write: Tensor;
}

function stepsOf({ transitions, factors }: Moves, W: Tensor): Step[] {
  const P = transitions && unstack(transitions, 1);
  const f = factors && unstack(factors, 1);
  return unstack(W, 1).map((write, n) => ({ move: { transitions: P?.[n], factors: f?.[n] }, write }));
}

/** One after the other; backwards: from the last to the first, with transposed transitions. */
function oneByOne(moves: Moves, W: Tensor, start: Tensor | undefined, backwards = false): Scanned {
  const [M = 0, , V = 0, K = 0] = W.shape;
  const inOrder = <T>(list: readonly T[]): T[] => (backwards ? list.toReversed() : [...list]);
  const states: Tensor[] = [];
  let state = start;
  for (const step of inOrder(stepsOf(moves, W))) {
    // Not zeros, which makes an array while a graph is recorded.
    states.push(state ?? tf.fill([M, V, K], 0));
    state = advanced(state, step, backwards);
  }
  return { states: tf.stack(inOrder(states), 1), final: state ?? tf.fill([M, V, K], 0) };
}

/** `f (.) (S P) + W`, P transposed if so said; an absent S is zero. */
function advanced(state: Tensor | undefined, { move, write }: Step, transposed = false): Tensor {
  if (!state) return write;
  const turned = move.transitions ? tf.matMul(state, move.transitions, false, transposed) : state;
  return tf.add(move.factors ? tf.mul(turned, move.factors) : turned, write);
}

function inGroups(moves: Moves, W: Tensor, start: Tensor | undefined): Scanned {
  const [M = 0, N = 0, V = 0, K = 0] = W.shape;
  const groups = chunksOf(N, Math.ceil(Math.sqrt(N)));
  const { N: G, C } = groups;
  const padding = G * C - N;
  const inside = (x: Tensor): Tensor => tf.reshape(x, [M * G, C, ...x.shape.slice(2)]);
  const inGroup = {
    transitions: moves.transitions && inside(paddedWithIdentity(moves.transitions, groups)),
    factors: moves.factors && inside(padded(moves.factors, 1, padding, 1)),
  };
  const written = inside(padded(W, 1, padding));
  const whole = stepsOf(inGroup, written).reduce((before, after) => composed(before, after));
  const apart = (x: Tensor): Tensor => tf.reshape(x, [M, G, ...x.shape.slice(1)]);
  const outer = scanStates(bothOf(whole.move, apart), apart(whole.write), start);
  const { states } = oneByOne(inGroup, written, tf.reshape(outer.states, [M * G, V, K]));
  const all = tf.reshape(states, [M, G * C, V, K]);
  return { states: G * C === N ? all : tf.slice(all, [0, 0, 0, 0], [M, N, V, K]), final: outer.final };
}

/** Two steps as one. */
function composed(before: Step, after: Step): Step {
  const product = (
    a: Tensor | undefined,
    b: Tensor | undefined,
    times: (a: Tensor, b: Tensor) => Tensor,
  ): Tensor | undefined => a && b && times(a, b);
  const transitions = product(before.move.transitions, after.move.transitions, (a, b) => tf.matMul(a, b));
  const factors = product(before.move.factors, after.move.factors, (a, b) => tf.mul(a, b));
  return { move: { transitions, factors }, write: advanced(before.write, after) };
}

function paddedWithIdentity(P: Tensor, { T, C, N }: Chunks): Tensor {
  if (N * C === T) return P;
  const [M = 0, , K = 0] = P.shape;
  const identity = tf.add(tf.zeros([M, N * C - T, K, K]), tf.eye(K));
  return tf.concat([P, identity], 1);
}
