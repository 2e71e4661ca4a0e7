import type { Params } from '../../../src/core/params.js';
import type { Course, Drive, LabHead, Step } from '../../../eval/lab/script.js';
import { rules } from '../../../src/rules/registry.js';
import { runOracle, type NumberArray, type NumberArrays } from '../../support/oracle.js';
import { oracles } from '../../support/oracleRules.js';

const array = (shape: readonly number[], values: readonly number[]): NumberArray => ({
  shape,
  values: Float64Array.from(values),
});

/** The state fields of each head; none for an empty memory. */
type States = readonly NumberArrays[];

/** Signals of one token: one strength to write and to erase, the others as a new layer has them. */
function signalsAt(rule: string, beta: number, K: number, V: number): NumberArrays {
  const entries = Object.entries(rules[rule]!.signals).map(([name, { width, initial }]) => {
    const value = name === 'beta' || name === 'erase' ? beta : initial;
    const size = width && (width === 'key' ? K : V);
    const shape = [1, 1, 1, ...(size === undefined ? [] : [size])];
    return [
      `signals.${name}`,
      array(
        shape,
        Array.from({ length: size ?? 1 }, () => value),
      ),
    ] as const;
  });
  return Object.fromEntries(entries);
}

/** What each unit query reads of a state, `[V,K]`: S, or what the rule makes of it; nothing of an empty memory. */
function memoryOf(rule: string, state: NumberArrays, K: number, V: number, params: Params): number[] {
  const S = state['state.S'];
  if (!S || !oracles[rule]!.read) return Array.from({ length: V * K }, (_, n) => S?.values[n] ?? 0);
  const zeros = (n: number): number[] => Array.from({ length: n }, () => 0);
  const [k, v] = [array([1, 1, 1, K], zeros(K)), array([1, 1, 1, V], zeros(V))];
  const columns = Array.from({ length: K }, (_, j) => {
    const q = array([1, 1, 1, K], zeros(K).with(j, 1));
    const token = { q, k, v, ...state, ...signalsAt(rule, 0, K, V) };
    return runOracle(rule, token, undefined, params).outputs.values;
  });
  return Array.from({ length: V * K }, (_, n) => columns[n % K]![Math.floor(n / K)]!);
}

function responses(memory: readonly number[], decay: number, k: readonly number[], V: number): number[] {
  return Array.from({ length: V }, (_, i) =>
    k.reduce((sum, x, j) => sum + decay * memory[i * k.length + j]! * x, 0),
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
    ...signalsAt(rule, head.beta, k.length, v.length),
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
    const predicted = states.map((state, i) => {
      const memory = memoryOf(rule, state, k.length, v.length, params);
      return responses(memory, course.heads[i]!.decay, k, v.length);
    });
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
        const [first, ...others] = states.map((state) =>
          memoryOf(rule, state, step.k.length, step.v.length, params),
        );
        return first!.map((x, n) => others.reduce((sum, values) => sum + values[n]!, x));
      });
    });
  };
}
