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
    q: key,
    k: key,
    v: array([1, 1, 1, v.length], v),
    ...state,
    'signals.beta': array([1, 1, 1], [head.beta]),
    logDecay: array([1, 1, 1], [Math.log(head.decay)]),
  };
  return runOracle(rule, inputs, undefined, params).state;
}

/** All layers one step on; the US of a layer is what the heads of the one below it predicted. */
function stepped(
  rule: string,
  course: Course,
  layers: readonly States[],
  { k, v }: Pick<Step, 'k' | 'v'>,
  params: Params,
): States[] {
  let us = v;
  return layers.map((states) => {
    const predicted = states.map((state, i) => responses(state, course.heads[i]!.decay, k, v.length));
    const next = states.map((state, i) => {
      const taught = us.map((x, row) =>
        predicted.reduce((left, other, j) => (j === i ? left : left - other[row]!), x),
      );
      return written(rule, course.heads[i]!, state, k, taught, params);
    });
    us = us.map((_, row) => predicted.reduce((sum, other) => sum + other[row]!, 0));
    return next;
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
    let layers: States[] = Array.from({ length: course.layers }, () => course.heads.map(() => ({})));
    return course.steps.map((step) => {
      const withUs = stepped(rule, course, layers, step, params);
      const none = { k: step.k, v: step.v.map(() => 0) };
      const without = step.chance === 1 ? withUs : stepped(rule, course, layers, none, params);
      layers = withUs.map((states, l) => mixed(states, without[l]!, step.chance));
      return layers.flatMap((states) => {
        const [first, ...others] = states.map((state) => Array.from(state['state.S']!.values));
        return first!.map((x, n) => others.reduce((sum, values) => sum + values[n]!, x));
      });
    });
  };
}
