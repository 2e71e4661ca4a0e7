import { resolveParams } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { LearningRule, Params, RuleState, TokenInput } from '../../src/rules/contract.js';
import { decayedState, recall } from '../../src/rules/memory.js';
import { inWrites, memoryMatrix, signalsAt } from './inputs.js';
import type { Course, Drive, LabHead, Memory, Step } from './script.js';

interface DriveOptions {
  /** Parameters of the rule; the rest are its defaults. */
  readonly params?: Params;
  /** Decides which trials have their US, for rules that are not linear in the state. */
  readonly rng: Rng;
  /** Independent runs that such a rule's memory is the mean of. Default 256. */
  readonly rows?: number;
}

/** What stays the same through a course. */
interface Run {
  readonly rule: LearningRule;
  readonly params: Params;
  readonly course: Course;
  readonly rows: number;
  readonly rng: Rng;
}

/**
 * Drives a rule's step form, one trial a step, on orthonormal stimuli: float32, current tfjs backend.
 *
 *   S_t = rule(S_{t-1}, k_t, v_t)        head i of several: v_t - sum_{j != i} S~_j k_t for v_t
 *   layer l of several: v_t = sum_j S~_j k_t over the heads j of layer l - 1
 *
 * Where a trial has its US by chance, the memory given is the mean over all schedules. A rule with a chunk form
 * writes affinely in its state, of which a US changes only what is read linearly, and a trial of the first layer does
 * not depend on the state, so that one layer's mean memory follows `p rule(S, US) + (1 - p) rule(S, no US)` exactly. For
 * other rules, and for more layers, it is the mean of `rows` random schedules.
 *
 * State: disposes every tensor it makes.
 * @throws ConfigError for a parameter the rule does not have.
 */
export function ruleDrive(rule: LearningRule, { params = {}, rng, rows = 256 }: DriveOptions): Drive {
  const resolved = resolveParams(rule.params, params, `lab(${rule.name}): params`);
  return (course) => {
    const affine = rule.chunk !== undefined && course.layers === 1;
    const certain = affine || course.steps.every(({ chance }) => chance === 1);
    return drive({ rule, params: resolved, course, rows: certain ? 1 : rows, rng });
  };
}

/** The memories of one layer, a head each. */
type Layer = RuleState[];

function drive(run: Run): Memory[] {
  const { rule, params, course, rows } = run;
  const dims = { B: rows, H: 1, K: course.stimuli.length, V: course.outcomes.length };
  let layers: Layer[] = Array.from({ length: course.layers }, () =>
    course.heads.map(() => rule.initState(dims, params)),
  );
  const memories = course.steps.map((step) => {
    const next = tf.tidy(() => advance(run, layers, step));
    replace(layers, next);
    layers = next;
    return tf.tidy(() =>
      tf
        .stack(next.map((layer) => totalMemory(run, layer)))
        .dataSync()
        .slice(),
    );
  });
  replace(layers, []);
  return memories;
}

function tensorsOf(layers: readonly Layer[]): Tensor[] {
  return layers.flat().flatMap((state) => Object.values(state));
}

/** Disposes the tensors of `old` that `next` does not go on using. */
function replace(old: readonly Layer[], next: readonly Layer[]): void {
  const kept = new Set(tensorsOf(next));
  for (const tensor of tensorsOf(old)) if (!kept.has(tensor)) tensor.dispose();
}

/** The mean over rows of the sum over heads of what is read, `[1,V,K]`. */
function totalMemory({ rule, params }: Run, layer: Layer): Tensor {
  return tf.mean(tf.addN(layer.map((state) => memoryMatrix(rule, state, params))), 0);
}

/** All layers one step on; where the US comes by chance, as the rule's form allows. */
function advance(run: Run, layers: readonly Layer[], step: Step): Layer[] {
  if (step.chance === 1) return advanceAll(run, layers, step, rowsOf(run, step.v));
  if (run.rows > 1) return advanceAll(run, layers, step, chanceRows(run, step));
  const withUs = advanceAll(run, layers, step, rowsOf(run, step.v));
  const none = step.v.map(() => 0);
  const without = advanceAll(run, layers, step, rowsOf(run, none));
  return withUs.map((layer, l) =>
    layer.map((state, i) => mixed(state, without[l]?.[i] ?? state, step.chance)),
  );
}

function mixed(a: RuleState, b: RuleState, chance: number): RuleState {
  const fields = Object.entries(a).map(([name, x]) => {
    return [name, tf.add(tf.mul(x, chance), tf.mul(b[name] as Tensor, 1 - chance))] as const; // same fields
  });
  return Object.fromEntries(fields) as RuleState; // the fields of `a`, S among them
}

/** The same vector in every row, `[B,1,n]`. */
function rowsOf({ rows }: Run, vector: readonly number[]): Tensor {
  return tf.tile(tf.tensor3d([...vector], [1, 1, vector.length]), [rows, 1, 1]);
}

/** The US in rows drawn by its chance, nothing in the others. */
function chanceRows({ rows, rng }: Run, { v, chance }: Step): Tensor {
  const values = Array.from({ length: rows }, () => (rng.uniform() < chance ? v : v.map(() => 0)));
  return tf.tensor3d(values.flat(), [rows, 1, v.length]);
}

/** Every layer one step on, from the bottom: each is taught what the one below it predicted. */
function advanceAll(run: Run, layers: readonly Layer[], step: Step, v: Tensor): Layer[] {
  const k = rowsOf(run, step.k);
  let taught = v;
  return layers.map((layer) => {
    const predictions = layer.map((state, i) => {
      const logDecay = tf.fill([run.rows, 1], Math.log(run.course.heads[i]?.decay ?? 1));
      const kept = decayedState(run.rule, state, logDecay, run.params);
      return recall(memoryMatrix(run.rule, kept, run.params), k); // [B,1,V]
    });
    const next = advanceLayer(run, layer, { k, v: taught, predictions });
    taught = tf.addN(predictions);
    return next;
  });
}

interface Lesson {
  readonly k: Tensor;
  readonly v: Tensor;
  /** Of each head. */
  readonly predictions: readonly Tensor[];
}

function advanceLayer(run: Run, layer: Layer, { k, v, predictions }: Lesson): Layer {
  return layer.map((state, i) => {
    const others = predictions.filter((_, j) => j !== i);
    const taught = others.length > 0 ? tf.sub(v, tf.addN(others)) : v;
    const head = run.course.heads[i] ?? { beta: 0, decay: 1 };
    return run.rule.step(state, token(run, head, k, taught), run.params).state;
  });
}

function token({ rule, params, rows }: Run, { beta, decay }: LabHead, k: Tensor, v: Tensor): TokenInput {
  const sizes = { K: k.shape[2] ?? 0, V: v.shape[2] ?? 0, params };
  const signals = signalsAt(rule, beta, [rows, 1], sizes);
  const logDecay = decay === 1 ? undefined : tf.fill([rows, 1], Math.log(decay));
  return { q: k, k: inWrites(rule, params, k), v: inWrites(rule, params, v), signals, logDecay };
}
