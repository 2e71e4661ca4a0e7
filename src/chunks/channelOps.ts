import { constantMatrix } from '../ops/constantMatrix.js';
import { defineOp } from '../ops/defineOp.js';
import { tf, type Tensor } from '../core/tf.js';
import { diagonalHalves, inBlocks, ontoDiagonal, scaled } from './blocks.js';
import {
  channelTree,
  LEAST_CHANNEL_LOG,
  nonZero,
  type ChannelCourse,
  type ChannelTree,
  type Level,
} from './channelTree.js';

type Kind = Readonly<{ kind: ChannelCourse['kind'] }>;
type CourseInputs = Pick<ChannelCourse, 'values' | 'kept'>;
type ScoreInputs = CourseInputs & { readonly a: Tensor; readonly b: Tensor };
type MixInputs = CourseInputs & { readonly m: Tensor; readonly w: Tensor };

const treeOf = ({ values, kept }: CourseInputs, { kind }: Kind): ChannelTree =>
  channelTree({ kind, values, kept });

/**
 * Scores of tokens with those before them, each channel decayed.
 *
 *   s_ij = sum_x a_ix b_jx L_ijx        j <= i, else 0
 *
 * Shapes: a, b `[M,C,X]` -> `[M,C,C]`. Differentiable in a, b and the course.
 */
export const decayedScores = defineOp({
  name: 'PavlovDecayedScores',
  differentiable: ['a', 'b', 'values'],
  define: ({ a, b, ...course }: ScoreInputs, kind: Kind) => scoresOf(treeOf(course, kind), a, b),
  gradient: (dy, { a, b, ...course }, _y, kind) => {
    const { levels } = treeOf(course, kind);
    const weights = matricesOf(levels, dy);
    const reads = readers(levels, weights, b);
    const writes = writers(levels, weights, a);
    const values = courseGradient(course, kind, levels, { by: a, of: reads }, { by: b, of: writes });
    return { a: tf.addN(reads), b: tf.addN(writes), values };
  },
  call:
    (apply) =>
    (a: Tensor, b: Tensor, { kind, ...course }: ChannelCourse) =>
      apply({ a, b, ...course }, { kind }),
});

/**
 * A causal mixture of tokens, each channel decayed.
 *
 *   y_ix = sum_{j <= i} m_ij L_ijx w_jx
 *
 * Shapes: m `[M,C,C]`, of which the part above the diagonal is not read · w `[M,C,X]` -> `[M,C,X]`.
 * Differentiable in m, w and the course.
 */
export const decayedMix = defineOp({
  name: 'PavlovDecayedMix',
  differentiable: ['m', 'w', 'values'],
  define: ({ m, w, ...course }: MixInputs, kind: Kind): Tensor => {
    const { levels } = treeOf(course, kind);
    return tf.addN(readers(levels, matricesOf(levels, m), w));
  },
  gradient: (dy, { m, w, ...course }, _y, kind) => {
    const tree = treeOf(course, kind);
    const { levels } = tree;
    const weights = matricesOf(levels, m);
    const reads = readers(levels, weights, w);
    const writes = writers(levels, weights, dy);
    const values = courseGradient(course, kind, levels, { by: dy, of: reads }, { by: w, of: writes });
    return { m: scoresOf(tree, dy, w), w: tf.addN(writes), values };
  },
  call:
    (apply) =>
    (m: Tensor, w: Tensor, { kind, ...course }: ChannelCourse) =>
      apply({ m, w, ...course }, { kind }),
});

/** A chunk's begin, end `[M,C,X]` and total `[M,X]`, as in `ChannelTree`; differentiable in the course. */
export const wholeChunk = defineOp({
  name: 'PavlovWholeChunk',
  differentiable: ['values'],
  define: (course: CourseInputs, kind: Kind): [Tensor, Tensor, Tensor] => {
    const { begin, end, total } = treeOf(course, kind);
    return [begin, end, total];
  },
  gradient: ([dBegin, dEnd, dTotal], course, [begin, end, total], kind) => {
    const C = begin.shape[1] ?? 0;
    const later = summedBy(
      constantMatrix(C, (t, i) => i >= t),
      tf.mul(dBegin, begin),
    );
    const earlier = summedBy(
      constantMatrix(C, (t, j) => j < t),
      tf.mul(dEnd, end),
    );
    const whole = tf.mul(dTotal, total);
    return { values: ofValues(tf.add(tf.add(later, earlier), whole), course, kind) };
  },
  call:
    (apply) =>
    ({ kind, ...course }: ChannelCourse) => {
      const [begin, end, total] = apply(course, { kind });
      return { begin, end, total: tf.squeeze(total, [1]) };
    },
});

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
    const read = tf.matMul(matrices[i] as Tensor, inBlocks(scaled(w, down), size)); // one a level
    return scaled(tf.reshape(read, w.shape), up);
  });
}

/** The transpose of `readers`: `down (.) (m^T (up (.) y))`. */
function writers(levels: readonly Level[], matrices: readonly Tensor[], y: Tensor): Tensor[] {
  return levels.map(({ size, up, down }, i) => {
    const read = tf.matMul(matrices[i] as Tensor, inBlocks(scaled(y, up), size), true, false); // one a level
    return scaled(tf.reshape(read, y.shape), down);
  });
}

function scoresOf({ levels }: ChannelTree, a: Tensor, b: Tensor): Tensor {
  const parts = levels.map(({ size, seen, up, down }) => {
    const all = tf.matMul(inBlocks(scaled(a, up), size), inBlocks(scaled(b, down), size), false, true);
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
        constantMatrix(C, (t, i) => i >= t),
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
