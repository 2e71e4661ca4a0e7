import { applyOp, type CustomOp, type NamedTensors } from '../ops/customOp.js';
import { tensorAt } from '../ops/tensorAt.js';
import { tf, type Tensor } from '../core/tf.js';
import { constantMatrix, diagonalHalves, inBlocks, ontoDiagonal } from './blocks.js';
import {
  channelTree,
  LEAST_CHANNEL_LOG,
  nonZero,
  type ChannelCourse,
  type ChannelTree,
  type Level,
} from './channelTree.js';

type Kind = Readonly<{ kind: 'logs' | 'factors' }>;
type CourseInputs = { readonly values: Tensor; readonly kept?: Tensor };
type ScoreInputs = CourseInputs & { readonly a: Tensor; readonly b: Tensor };
type MixInputs = CourseInputs & { readonly m: Tensor; readonly w: Tensor };

/**
 * Scores of tokens with those before them, each channel decayed.
 *
 *   s_ij = sum_x a_ix b_jx L_ijx        j <= i, else 0
 *
 * Shapes: a, b `[M,C,X]` -> `[M,C,C]`. Differentiable in a, b and the course.
 */
export function decayedScores(a: Tensor, b: Tensor, course: ChannelCourse): Tensor {
  return tensorAt(applyOp(scoresOp, { a, b, ...inputsOf(course) }, { kind: course.kind }), 0);
}

/**
 * A causal mixture of tokens, each channel decayed.
 *
 *   y_ix = sum_{j <= i} m_ij L_ijx w_jx
 *
 * Shapes: m `[M,C,C]`, of which the part above the diagonal is not read · w `[M,C,X]` -> `[M,C,X]`.
 * Differentiable in m, w and the course.
 */
export function decayedMix(m: Tensor, w: Tensor, course: ChannelCourse): Tensor {
  return tensorAt(applyOp(mixOp, { m, w, ...inputsOf(course) }, { kind: course.kind }), 0);
}

/** A chunk's begin, end `[M,C,X]` and total `[M,X]`, as in `ChannelTree`; differentiable in the course. */
export function wholeChunk(course: ChannelCourse): Omit<ChannelTree, 'levels'> {
  const outputs = applyOp(wholeOp, inputsOf(course), { kind: course.kind });
  const total = tensorAt(outputs, 2);
  const [M = 0, , X = 0] = total.shape;
  return { begin: tensorAt(outputs, 0), end: tensorAt(outputs, 1), total: tf.reshape(total, [M, X]) };
}

const inputsOf = ({ values, kept }: ChannelCourse): CourseInputs => ({ values, ...(kept && { kept }) });

const treeOf = ({ values, kept }: CourseInputs, { kind }: Kind): ChannelTree =>
  channelTree({ kind, values, kept });

const scoresOp: CustomOp<ScoreInputs & NamedTensors, Kind> = {
  name: 'PavlovDecayedScores',
  differentiable: ['a', 'b', 'values'],
  define: ({ a, b, ...course }, kind) => [scoresOf(treeOf(course, kind), a, b)],
  gradient: (dys, { a, b, ...course }, _outputs, kind) => {
    const { levels } = treeOf(course, kind);
    const weights = matricesOf(levels, tensorAt(dys, 0));
    const reads = readers(levels, weights, b);
    const writes = writers(levels, weights, a);
    const change = courseGradient(course, kind, levels, { by: a, of: reads }, { by: b, of: writes });
    return [tf.addN([...reads]), tf.addN([...writes]), change];
  },
};

const mixOp: CustomOp<MixInputs & NamedTensors, Kind> = {
  name: 'PavlovDecayedMix',
  differentiable: ['m', 'w', 'values'],
  define: ({ m, w, ...course }, kind) => {
    const { levels } = treeOf(course, kind);
    return [tf.addN([...readers(levels, matricesOf(levels, m), w)])];
  },
  gradient: (dys, { m, w, ...course }, _outputs, kind) => {
    const tree = treeOf(course, kind);
    const { levels } = tree;
    const dy = tensorAt(dys, 0);
    const weights = matricesOf(levels, m);
    const reads = readers(levels, weights, w);
    const writes = writers(levels, weights, dy);
    const change = courseGradient(course, kind, levels, { by: dy, of: reads }, { by: w, of: writes });
    return [scoresOf(tree, dy, w), tf.addN([...writes]), change];
  },
};

const wholeOp: CustomOp<CourseInputs & NamedTensors, Kind> = {
  name: 'PavlovWholeChunk',
  differentiable: ['values'],
  define: (course, kind) => {
    const { begin, end, total } = treeOf(course, kind);
    return [begin, end, total];
  },
  gradient: (dys, course, outputs, kind) => {
    const [begins, ends, whole] = [0, 1, 2].map((at) => tf.mul(tensorAt(dys, at), tensorAt(outputs, at))) as [
      Tensor,
      Tensor,
      Tensor,
    ]; // of three
    const C = begins.shape[1] ?? 0;
    const later = summedBy(
      constantMatrix(C, (t, i) => (i >= t ? 1 : 0)),
      begins,
    );
    const earlier = summedBy(
      constantMatrix(C, (t, j) => (j < t ? 1 : 0)),
      ends,
    );
    return [ofValues(tf.add(tf.add(later, earlier), whole), course, kind)];
  },
};

const times = (x: Tensor, factor: Tensor | undefined): Tensor => (factor ? tf.mul(x, factor) : x);

/** `S x` in blocks of the size of a constant S `[size,size]`. */
function summedBy(S: Tensor, x: Tensor): Tensor {
  const [size = 0] = S.shape;
  return tf.reshape(tf.matMul(tf.reshape(S, [1, size, size]), inBlocks(x, size)), x.shape);
}

/** Of every level its part of `[M,C,C]`. */
function matricesOf(levels: readonly Level[], m: Tensor): Tensor[] {
  const bySize = new Map<number, Tensor>();
  const blocksOf = (size: number): Tensor => {
    const blocks = bySize.get(size) ?? (m.shape[1] === size ? m : diagonalHalves(blocksOf(2 * size)));
    bySize.set(size, blocks);
    return blocks;
  };
  return levels.map(({ size, seen }) => tf.mul(blocksOf(size), seen));
}

/** What each level's tokens read: `up (.) (m (down (.) w))`. */
function readers(levels: readonly Level[], matrices: readonly Tensor[], w: Tensor): Tensor[] {
  return levels.map(({ size, up, down }, i) => {
    const read = tf.matMul(matrices[i] as Tensor, inBlocks(times(w, down), size)); // one a level
    return times(tf.reshape(read, w.shape), up);
  });
}

/** The transpose of `readers`: `down (.) (m^T (up (.) y))`. */
function writers(levels: readonly Level[], matrices: readonly Tensor[], y: Tensor): Tensor[] {
  return levels.map(({ size, up, down }, i) => {
    const read = tf.matMul(matrices[i] as Tensor, inBlocks(times(y, up), size), true, false); // one a level
    return times(tf.reshape(read, y.shape), down);
  });
}

function scoresOf({ levels }: ChannelTree, a: Tensor, b: Tensor): Tensor {
  const parts = levels.map(({ size, seen, up, down }) => {
    const all = tf.matMul(inBlocks(times(a, up), size), inBlocks(times(b, down), size), false, true);
    return { size, part: tf.mul(all, seen) };
  });
  // Sizes only grow, and double.
  const whole = parts.reduce((all, { size, part }) => ({
    size,
    part: tf.add(size === all.size ? all.part : ontoDiagonal(all.part), part),
  }));
  return whole.part;
}

/** One side of the pairs: the tensor it is multiplied `by`, and what the other side gave it, by level. */
interface Side {
  readonly by: Tensor;
  readonly of: readonly Tensor[];
}

/**
 * The gradient of a course. A pair's weight changes by as much as it contributes for every log decay between the
 * two: of log decays, c_t has the gradient of what is read at t less what is written at t, and a log decay those of
 * all c from there on. Of factors that difference would be divided by what may be next to nothing, so they sum
 * pairs that the factor is part of, and only those.
 */
function courseGradient(
  course: CourseInputs,
  kind: Kind,
  levels: readonly Level[],
  reader: Side,
  writer: Side,
): Tensor {
  if (kind.kind === 'logs') {
    const difference = tf.sub(
      tf.mul(reader.by, tf.addN([...reader.of])),
      tf.mul(writer.by, tf.addN([...writer.of])),
    );
    const C = difference.shape[1] ?? 0;
    return ofValues(
      summedBy(
        constantMatrix(C, (t, i) => (i >= t ? 1 : 0)),
        difference,
      ),
      course,
      kind,
    );
  }
  const crossing = levels.flatMap(({ spread }, i) => {
    const [read, written] = [reader.of[i] as Tensor, writer.of[i] as Tensor]; // one a level
    return spread ? [summedBy(spread, tf.add(tf.mul(reader.by, read), tf.mul(writer.by, written)))] : [];
  });
  return crossing.length > 0 ? ofValues(tf.addN(crossing), course, kind) : tf.zerosLike(course.values);
}

/** A gradient of logs as one of the values of a course. */
function ofValues(gradient: Tensor, { values }: CourseInputs, { kind }: Kind): Tensor {
  if (kind === 'factors') return tf.div(gradient, nonZero(values));
  return tf.mul(gradient, tf.cast(tf.greaterEqual(values, LEAST_CHANNEL_LOG), 'float32'));
}
