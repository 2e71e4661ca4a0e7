import { required } from '../../src/core/required.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import { devices } from '../../src/engine/graph/devices.js';
import { ANY_SIZE } from '../../src/engine/graph/sequence.js';
import { trace } from '../../src/engine/graph/trace.js';
import type { SubGraph, Value } from '../../src/engine/graph/value.js';
import { loopBackend } from '../../src/engine/loop.js';
import type { Memory } from '../../src/mixers/contract.js';
import type { RuleState, TokenInput } from '../../src/rules/contract.js';
import { signalShape } from '../../src/rules/inputs.js';
import { scaledStep } from './playGraph.js';

/** Sizes by name. */
type Shapes = Readonly<Record<string, readonly number[]>>;

const SIGNAL = 'signal.';

/** What the memories of a layer are given per token, by the names of the graph's inputs. */
export function tokenShapes(
  { H, M, K, V, writes, rule }: Memory,
  decay: readonly number[] | undefined,
): Shapes {
  const signals = Object.entries(rule.signals).map(
    ([name, spec]) => [`${SIGNAL}${name}`, signalShape(spec, [1, M], { K, V, writes })] as const,
  );
  return {
    q: [1, H, K],
    k: [1, M, writes * K],
    v: [1, M, writes * V],
    ...Object.fromEntries(signals),
    ...(decay && { log_decay: decay }),
    write: [1, M],
  };
}

/** The state of the memories of one row before the first token. */
function startOf({ M, K, V, rule, ruleParams }: Memory): RuleState {
  return rule.initState({ B: 1, H: M, K, V }, ruleParams);
}

/** Shapes of the state of the memories by field, without the rows. */
export function fieldShapes(memory: Memory): Shapes {
  return tf.tidy(() =>
    Object.fromEntries(Object.entries(startOf(memory)).map(([name, { shape }]) => [name, shape.slice(1)])),
  );
}

/** The same for every row. */
const inRows = (x: Tensor, rows: number): Tensor =>
  x.shape[0] === rows ? x : tf.tile(x, [rows, ...x.shape.slice(1).map(() => 1)]);

/** Token t for every row; a row is told no value of the token that it leaves out. */
function inputOf(given: Readonly<Record<string, Tensor>>, kept: Tensor, rows: number): TokenInput {
  const each = (name: string): Tensor => inRows(required(given[name], name), rows);
  const signals = Object.keys(given).filter((name) => name.startsWith(SIGNAL));
  return {
    q: each('q'),
    k: each('k'),
    v: tf.mul(each('v'), tf.reshape(kept, [rows, 1, 1])),
    signals: Object.fromEntries(signals.map((name) => [name.slice(SIGNAL.length), each(name)])),
    ...(given.log_decay && { logDecay: each('log_decay') }),
  };
}

/** What the last row reads `[rows+1,H,V]`, less what each other row does: sizes, and shares along it. */
function owed(reads: Tensor, rows: number): { readonly shares: Tensor; readonly strengths: Tensor } {
  const [, H = 0, V = 0] = reads.shape;
  const whole = tf.slice(reads, [rows, 0, 0], [1, H, V]);
  const effects = tf.sub(whole, tf.slice(reads, [0, 0, 0], [rows, H, V]));
  const square = tf.sum(tf.square(whole), 2);
  const orOne = tf.add(square, tf.cast(tf.equal(square, 0), 'float32'));
  return {
    shares: tf.div(tf.sum(tf.mul(effects, whole), 2), orOne),
    strengths: tf.sqrt(tf.sum(tf.square(effects), 2)),
  };
}

const overTokens =
  (names: ReadonlySet<string>) =>
  (value: Value): Value =>
    names.has(value.name)
      ? { ...value, shape: [ANY_SIZE, ...value.shape.slice(1)], openSizes: ['tokens'] }
      : value;

/**
 * What each read-out of a memory owes to the values of some tokens: the memory without each of them runs beside it, a row
 * each, and last the memory as it is.
 *
 *   token [T], left_out [R+1], past_FIELD [R+1,..], and per token q [T,1,H,K], k, v, signal.NAME, log_decay, write [T,1,M]
 *     -> shares [T,R,H], strengths [T,R,H], present_FIELD [R+1,..]
 *
 *   effect = o_t - o_t without v_s       strength = |effect|       share = effect . o_t / |o_t|^2
 *
 * A row leaves out the token whose number `left_out` has; that of the last row is no token's. As outside the graphs of
 * the model, states begin as zeros: what a field begins with is taken off it.
 */
export function memoryGraph(memory: Memory, tokens: Shapes, rows: number): SubGraph {
  const fields = Object.entries(fieldShapes(memory));
  const names = Object.keys(tokens);
  const ones = tf.ones([1, memory.H]);
  const inputs: Shapes = {
    left_out: [rows + 1],
    ...Object.fromEntries(fields.map(([name, shape]) => [`past_${name}`, [rows + 1, ...shape]])),
    token: [2], // an example: nothing depends on how many there are
    ...Object.fromEntries(Object.entries(tokens).map(([name, shape]) => [name, [2, ...shape]])),
  };
  const run = (leftOut: Tensor, ...given: Tensor[]): Tensor[] => {
    const body = (carry: readonly Tensor[], [token, ...slices]: readonly Tensor[]) => {
      const named = Object.fromEntries(names.map((name, i) => [name, required(slices[i], name)]));
      const kept = tf.cast(tf.notEqual(leftOut, required(token, 'a token')), 'float32');
      const write = required(named.write, 'write');
      const step = scaledStep(memory, { read: ones, write, signals: {}, decay: tf.ones([1, memory.M]) });
      const before = Object.fromEntries(fields.map(([name], i) => [name, required(carry[i], name)]));
      const { output, state } = step(
        inputOf(named, kept, rows + 1),
        before as RuleState, // the rule's own fields, S among them
      );
      const { shares, strengths } = owed(output, rows);
      return { carry: fields.map(([name]) => required(state[name], name)), ys: [shares, strengths] };
    };
    const starts = fields.map(([name]) => required(startOf(memory)[name], name));
    const before = starts.map((start, i) => tf.add(required(given[i], 'a field'), start));
    const { carry, ys } = loopBackend().loop(body, before, given.slice(fields.length), { axis: 0 });
    return [...ys, ...starts.map((start, i) => tf.sub(required(carry[i], 'a field'), start))];
  };
  const examples = Object.values(inputs).map((shape) => tf.zeros([...shape]));
  const results = ['shares', 'strengths', ...fields.map(([name]) => `present_${name}`)];
  try {
    const { graph } = trace(run, examples, [], {
      name: 'memory',
      device: devices.webgpu,
      names: { inputs: Object.keys(inputs), variables: [], results },
    });
    const open = overTokens(new Set(['token', ...names, 'shares', 'strengths']));
    return { ...graph, inputs: graph.inputs.map(open), outputs: graph.outputs.map(open) };
  } finally {
    tf.dispose([ones, ...examples]);
  }
}
