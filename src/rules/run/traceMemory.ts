import { segmentsOf } from '../../ops/segments.js';
import { tf, type Tensor } from '../../core/tf.js';
import type { LearningRule, Params, RuleState, SequenceInput } from '../contract.js';
import { ofEachWrite, writesOf } from '../inputs.js';
import { emptyState, scanTokens, withFields } from './stepThrough.js';

/** A memory followed through a sequence. */
export interface MemoryTrace {
  /** |S| after each token, `[B,H,T]`. */
  readonly norm: Tensor;
  /** The measure of the rule's bound at each token, `[B,H,T]`; absent for a rule without one. */
  readonly stability?: Tensor;
  /** The state at the end of each row's first document. */
  readonly state: RuleState;
}

/**
 * Follows a memory, empty at first, through the first document of each row, token by token as the rule defines it;
 * later tokens leave the state as it is. Queries are not looked at.
 *
 * Shapes: as in `runRule`; without documents a row is one.
 * State: pure; disposes nothing.
 */
export function traceMemory(rule: LearningRule, xs: SequenceInput, params: Params): MemoryTrace {
  const inFirst = xs.documents && tf.expandDims(tf.equal(segmentsOf(xs.documents), 0), 1);
  // Only what a token writes is of interest: it is read with its own key, the first of several.
  const [own] = ofEachWrite(xs.k, writesOf(rule, params));
  const written = { ...xs, q: own ?? xs.k };
  const { ys, state } = scanTokens(
    rule,
    emptyState(rule, xs, params),
    written,
    inFirst,
    (before, x, first) => {
      const after = rule.step(before, x, params).state;
      const kept = first ? withFields(after, (tensor, name) => chosen(first, tensor, before[name])) : after;
      const measure = rule.stability?.measure(x, before, params);
      return { state: kept, ys: [normOf(kept.S), ...(measure ? [measure] : [])] };
    },
  );
  const [norm, stability] = ys;
  return { norm: norm as Tensor, ...(stability && { stability }), state }; // the body puts out one or two
}

/** The first tensor in the rows flagged, else the second: flags `[B,1]`. */
function chosen(flags: Tensor, tensor: Tensor, otherwise: Tensor = tensor): Tensor {
  const wide = tf.reshape(flags, [flags.shape[0] ?? 0, ...tensor.shape.slice(1).map(() => 1)]);
  return tf.where(wide, tensor, otherwise);
}

function normOf(S: Tensor): Tensor {
  return tf.sqrt(tf.sum(tf.square(S), [2, 3]));
}
