import type { Params } from '../../../src/core/params.js';
import type { Course, Drive, LabHead, Step } from '../../../eval/lab/script.js';
import { runOracle, type NumberArray, type NumberArrays } from '../../support/oracle.js';

const array = (shape: readonly number[], values: readonly number[]): NumberArray => ({
  shape,
  values: Float64Array.from(values),
});

/** The state fields of each head; none for an empty memory. */
type States = readonly NumberArrays[];

function responses(state: NumberArrays, decay: number, k: readonly number[], V: number): number[] {
  const S = state['state.S'];
  return Array.from({ length: V }, (_, i) =>
    k.reduce((sum, x, j) => sum + decay * (S?.values[i * k.length + j] ?? 0) * x, 0),
  );
}

function written(
  rule: string,
  head: LabHead,
  state: NumberArrays,
  k: readonly number[],
  v: readonly number[],
  params: Params,
): NumberArrays {
  const key = array([1, 1, 1, k.length], k);
  const inputs = {
    ...{ q: key, k: key, v: array([1, 1, 1, v.length], v), ...state },
    'signals.beta': array([1, 1, 1], [head.beta]),
    logDecay: array([1, 1, 1], [Math.log(head.decay)]),
  };
  return runOracle(rule, inputs, undefined, params).state;
}

function stepped(
  rule: string,
  course: Course,
  states: States,
  { k, v }: Pick<Step, 'k' | 'v'>,
  params: Params,
): States {
  return states.map((state, i) => {
    const taught = v.map((x, row) =>
      states.reduce((left, other, j) => {
        return j === i ? left : left - responses(other, course.heads[j]!.decay, k, v.length)[row]!;
      }, x),
    );
    return written(rule, course.heads[i]!, state, k, taught, params);
  });
}

function mixed(a: States, b: States, chance: number): States {
  return a.map((state, i) =>
    Object.fromEntries(
      Object.entries(state).map(([name, { shape, values }]) => [
        name,
        { shape, values: values.map((x, n) => chance * x + (1 - chance) * b[i]![name]!.values[n]!) },
      ]),
    ),
  );
}

/** A rule's oracle over a course in float64; the mean over schedules, for rules affine in their state. */
export function oracleDrive(rule: string, params: Params): Drive {
  return (course) => {
    let states: States = course.heads.map(() => ({}));
    return course.steps.map((step) => {
      const withUs = stepped(rule, course, states, step, params);
      const none = { k: step.k, v: step.v.map(() => 0) };
      states =
        step.chance === 1 ? withUs : mixed(withUs, stepped(rule, course, states, none, params), step.chance);
      const [first, ...others] = states.map((state) => state['state.S']!.values);
      return first!.map((x, n) => others.reduce((sum, values) => sum + values[n]!, x));
    });
  };
}
