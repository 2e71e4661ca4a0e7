import { ConfigError } from '../../src/core/errors.js';
import { required } from '../../src/core/required.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { SubGraph } from '../../src/engine/graph/value.js';
import type { Memory, StepHook } from '../../src/mixers/contract.js';
import type { Model } from '../../src/model/model.js';
import { memoriesOf } from '../../src/model/traces.js';
import type { RuleState, TokenInput } from '../../src/rules/contract.js';
import { decayedState } from '../../src/rules/memory.js';
import { readGroups, stepGroups } from '../../src/rules/run/sharedQueries.js';
import { tokenGraph } from './decodeGraphs.js';
import type { ExportedState } from './states.js';

/** Factors on what the memories of a layer do with a token. */
interface StepFactors {
  /** On what each head reads, `[1,H]`. */
  readonly read: Tensor;
  /** The share of the write, `[1,M]`: with 0 a token leaves nothing but the decay. */
  readonly write: Tensor;
  /** By signal, `[1,M]`. */
  readonly signals: Readonly<Record<string, Tensor>>;
  /** On the log decay, `[1,M]`. */
  readonly decay: Tensor;
}

/** A factor `[1,M]` on `[B,M,..]`. */
function times(x: Tensor, factor: Tensor): Tensor {
  return tf.mul(x, tf.reshape(factor, [1, x.shape[1] ?? 0, ...x.shape.slice(2).map(() => 1)]));
}

function scaled(x: TokenInput, { signals, decay }: StepFactors): TokenInput {
  const own = Object.entries(x.signals).map(([name, signal]) => {
    const factor = signals[name];
    return [name, factor ? times(signal, factor) : signal] as const;
  });
  return {
    ...x,
    signals: Object.fromEntries(own),
    ...(x.logDecay && { logDecay: times(x.logDecay, decay) }),
  };
}

/** A share of what a token wrote: the rest of each field is as decay alone leaves it. */
function written(
  { rule, ruleParams }: Memory,
  { before, after }: { readonly before: RuleState; readonly after: RuleState },
  x: TokenInput,
  write: Tensor,
): RuleState {
  const kept = decayedState(rule, before, x.logDecay, ruleParams);
  const rest = tf.sub(1, write);
  const fields = Object.entries(after).map(
    ([name, field]) => [name, tf.add(times(field, write), times(required(kept[name], name), rest))] as const,
  );
  return Object.fromEntries(fields) as RuleState; // the same fields, S among them
}

/**
 * A step with factors: signals and log decay are scaled before it, of its write a share is kept, and what the state then
 * holds is read and scaled.
 *
 * @param onStep hears what the rule was given
 */
export function scaledStep(
  memory: Memory,
  factors: StepFactors,
  onStep: (x: TokenInput, read: Tensor) => void = () => undefined,
): StepHook {
  const { rule, ruleParams } = memory;
  return (x, before) => {
    const given = scaled(x, factors);
    const { state: after } = stepGroups(rule, before, given, ruleParams);
    const state = written(memory, { before, after }, given, factors.write);
    const read = times(readGroups(rule, state, given, ruleParams), factors.read);
    onStep(given, read);
    return { output: read, state };
  };
}

/** The inputs of a layer's factors by their names, with their shapes. */
function factorShapes(layer: number, { H, M, rule }: Memory): Record<string, readonly number[]> {
  const count = Object.keys(rule.signals).length;
  return {
    [`read_scale.${layer}`]: [1, H],
    [`write_scale.${layer}`]: [1, M],
    ...(count > 0 && { [`signal_scale.${layer}`]: [1, M, count] }),
    [`decay_scale.${layer}`]: [1, M],
  };
}

function factorsOf(layer: number, { M, rule }: Memory, given: Readonly<Record<string, Tensor>>): StepFactors {
  const factor = (name: string): Tensor => required(given[`${name}.${layer}`], name);
  const signals = Object.keys(rule.signals).map((name, i) => {
    const own = tf.slice(factor('signal_scale'), [0, 0, i], [1, M, 1]);
    return [name, tf.reshape(own, [1, M])] as const;
  });
  return {
    read: factor('read_scale'),
    write: factor('write_scale'),
    signals: Object.fromEntries(signals),
    decay: factor('decay_scale'),
  };
}

/** What is seen of a step, by the names of the graph's outputs. */
function viewsOf(layer: number, x: TokenInput, read: Tensor): Record<string, Tensor> {
  const signals = Object.entries(x.signals).map(
    ([name, signal]) => [`signal.${name}.${layer}`, signal] as const,
  );
  return {
    [`q.${layer}`]: x.q,
    [`k.${layer}`]: x.k,
    [`v.${layer}`]: x.v,
    ...Object.fromEntries(signals),
    ...(x.logDecay && { [`log_decay.${layer}`]: x.logDecay }),
    [`read.${layer}`]: read,
  };
}

/**
 * The model on the next token, with factors on what its memories do as inputs, and what they were given and read as
 * outputs.
 *
 *   input_ids [1,1] int64, past_*, read_scale.i [1,H], write_scale.i [1,M], signal_scale.i [1,M,signals], decay_scale.i [1,M]
 *     -> logits, present_*, q.i [1,H,K], k.i, v.i, signal.NAME.i, log_decay.i, read.i [1,H,V]
 *
 * @throws ConfigError for a model that reads or answers no tokens, or a mixer that runs no hook.
 */
export function playGraph(model: Model, states: readonly ExportedState[]): SubGraph {
  const layers = memoriesOf(model);
  const shapes = layers.flatMap(({ layer, memory }) => Object.entries(factorShapes(layer, memory)));
  const views = new Map<number, Readonly<Record<string, Tensor>>>();
  const hookOf = (layer: number, inputs: Readonly<Record<string, Tensor>>): StepHook | undefined => {
    const memory = layers.find((one) => one.layer === layer)?.memory;
    if (!memory) return undefined;
    return scaledStep(memory, factorsOf(layer, memory, inputs), (x, read) => {
      views.set(layer, viewsOf(layer, x, read));
    });
  };
  return tokenGraph(model, states, {
    inputs: Object.fromEntries(shapes),
    hooks: (inputs) => model.layers.map((_, layer) => hookOf(layer, inputs)),
    outputs: () => {
      const all = layers.map(({ layer }) => views.get(layer) ?? withoutHook(model, layer));
      return Object.assign({}, ...all) as Record<string, Tensor>; // tensors by name all of them
    },
  });
}

function withoutHook({ layers }: Model, layer: number): never {
  throw new ConfigError(
    `play: expected a mixer that runs the hook of 'next', got '${layers[layer]?.mixer.name}'; pass the hook on to its memories`,
  );
}
