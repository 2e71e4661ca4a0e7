import { required } from '../../core/required.js';
import { tf, type Tensor } from '../../core/tf.js';
import type { LearningRule, Params, RuleState } from '../contract.js';
import { decayedState, fieldOf, readState } from '../memory.js';
import { withFields } from './stepThrough.js';

/** The fields of the memory to come, beside those of the one that is read; and how many tokens it has heard. */
const COMING = 'coming.';
const HEARD = 'heard';

/** What a rule says of a memory that changes at every token. */
const OF_EVERY_TOKEN: ReadonlySet<string> = new Set<keyof LearningRule>([
  'chunk',
  'channelChunk',
  'sharedReads',
  'stability',
  'onnx',
]);

const readOf = (state: RuleState): RuleState => {
  const fields = Object.entries(state).filter(([name]) => name !== HEARD && !name.startsWith(COMING));
  return Object.fromEntries(fields) as RuleState; // S among them
};

const comingOf = (state: RuleState): RuleState =>
  withFields(readOf(state), (_, name) => fieldOf(state, COMING + name));

function together(read: RuleState, coming: RuleState, heard: Tensor): RuleState {
  const waiting = Object.entries(coming).map(([name, x]) => [COMING + name, x] as const);
  return { ...read, ...Object.fromEntries(waiting), [HEARD]: heard };
}

/** Numbers `[B,H]` as factors or conditions of `[B,H,..]`. */
const like = (x: Tensor, field: Tensor): Tensor =>
  tf.reshape(x, [...x.shape, ...field.shape.slice(2).map(() => 1)]);

/**
 * A rule whose memories change every c tokens only, each by a period c of its own. In between the tokens are heard: at
 * the end of a period the memory becomes the mean of what each of the period's tokens alone would have made of it.
 *
 *   N_t = N~_{t-1} + (rule(S_{t-1}, x_t) - S~_{t-1}) / c        S_t = N_t if c divides t, else S~_{t-1}
 *
 * with t counted from 1 in each document, N_0 = S_0, and the same for every field of the state. Decay acts at every
 * token. Being a mean, N stays where the rule stays: a rule that is stable is so at every period. With c = 1 it is the
 * rule. Token by token: a period begins with its document, so that no chunks are common to all rows.
 *
 * Shapes: `coming.S` and so on as the fields they become, `heard` [B,H]. Periods: one for all memories, or one each.
 * Source: Behrouz et al. 2025, "Nested Learning", whose levels are updated every C tokens by the sum of gradients at
 * the parameters of the period's start; here by their mean.
 */
export function updatedEvery(rule: LearningRule, periods: readonly number[]): LearningRule {
  const decay = (state: RuleState, logDecay: Tensor | undefined, params: Params): RuleState => {
    const faded = (own: RuleState): RuleState => decayedState(rule, own, logDecay, params);
    return together(faded(readOf(state)), faded(comingOf(state)), fieldOf(state, HEARD));
  };
  const kept = Object.entries(rule).filter(([name]) => !OF_EVERY_TOKEN.has(name));
  return {
    ...(Object.fromEntries(kept) as unknown as LearningRule), // what is left out is optional
    initState(dims, params) {
      const empty = rule.initState(dims, params);
      return together(
        empty,
        withFields(empty, (x) => tf.clone(x)),
        tf.zeros([dims.B, dims.H]),
      );
    },
    decay,
    step(state, x, params) {
      const faded = decay(state, x.logDecay, params);
      const still = readOf(faded);
      const written = rule.step(readOf(state), x, params).state;
      const period = tf.tensor2d([...periods], [1, periods.length]);
      const coming = withFields(comingOf(faded), (field, name) => {
        const change = tf.sub(fieldOf(written, name), required(still[name], name));
        return tf.add(field, tf.div(change, like(period, field)));
      });
      const heard = tf.add(fieldOf(state, HEARD), 1);
      const ends = tf.greaterEqual(heard, period);
      const read = withFields(coming, (field, name) =>
        tf.where(like(ends, field), field, fieldOf(still, name)),
      );
      const after = together(read, coming, tf.where(ends, tf.zerosLike(heard), heard));
      return { output: readState(rule, read, x, params), state: after };
    },
  };
}
