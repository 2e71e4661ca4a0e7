import type { Params } from '../core/params.js';
import { resolveParams } from '../core/params.js';
import { ShapeError } from '../core/errors.js';
import { Rng } from '../core/rng.js';
import { sameShape, sizeOf } from '../core/shapes.js';
import { tf, type Scalar, type Tensor } from '../core/tf.js';
import type { Engine } from '../engine/engine.js';
import type { LearningRule, RuleState } from '../rules/contract.js';
import { writesOf } from '../rules/inputs.js';
import { runRule, type SequenceOptions } from '../rules/run/runRule.js';
import { CompiledCalls, leftBehind, lossOf, tensorOf } from './compiledCalls.js';
import {
  DIMS,
  ruleCase,
  type CaseOptions,
  type NamedNumbers,
  type Numbers,
  type RuleCase,
} from './ruleCase.js';

/** `outputs`, `state.<field>` and, where asked for, `gradient of <input>`. */
export type Outcome = NamedNumbers;

/** Step by step, or in chunks of so many tokens. */
export type Form = SequenceOptions;

export const STEP: Form = { form: 'step' };

/** A form in words. */
export function formText({ form, chunkSize }: Form): string {
  return form === 'step' ? 'step by step' : `in chunks of ${chunkSize ?? 0}`;
}

/** What decides the shapes of results. */
interface Shaped {
  readonly params: Params;
  readonly inputs: Readonly<Record<string, { readonly shape: readonly number[] }>>;
}

/** One rule on one engine: makes cases, runs them, and keeps what was compiled. */
export class RuleRunner {
  private readonly calls: CompiledCalls;
  readonly defaults: Params;

  constructor(
    readonly rule: LearningRule,
    readonly engine: Engine,
    /** Numbers of tokens that are tried. */
    readonly lengths: readonly number[],
    private readonly end: () => Promise<void> = async () => undefined,
  ) {
    this.calls = new CompiledCalls(engine, `check ${rule.name}`);
    this.defaults = resolveParams(rule.params, {}, `rule ${rule.name}: params`);
  }

  /** A case of these sizes, with the usual dimensions and parameters unless said otherwise. */
  case(options: Partial<CaseOptions> & { readonly T: number }): RuleCase {
    return ruleCase(this.rule, Rng.fromSeed(1), { ...DIMS, params: this.defaults, ...options });
  }

  /** The longest length up to `most`. */
  length(most: number): number {
    return Math.max(1, ...this.lengths.filter((T) => T <= most));
  }

  /** Step by step, and in chunks of each size where the rule and the case allow it. */
  forms(on: RuleCase, ...chunkSizes: readonly number[]): readonly Form[] {
    const perChannel = on.inputs.logDecay?.shape.length === 4;
    const inChunks = this.rule.chunk !== undefined && (!perChannel || this.rule.channelChunk === true);
    return [
      STEP,
      ...(inChunks ? chunkSizes.map((chunkSize) => ({ form: 'chunk' as const, chunkSize })) : []),
    ];
  }

  /** Runs a case on the engine. */
  async run(on: RuleCase, form: Form, gradients = false): Promise<Outcome> {
    const key = JSON.stringify([
      form,
      on.params,
      Object.keys(on.inputs),
      gradients,
      on.documents === undefined,
    ]);
    return this.calls.run(key, this.tensorsOf(on, gradients), (...tensors) =>
      this.apply(on, form, gradients, tensors),
    );
  }

  /** The definition: step by step, op by op. */
  define(on: RuleCase, gradients = false): Outcome {
    const inputs = this.tensorsOf(on, gradients);
    const results = tf.tidy(() => this.apply(on, STEP, gradients, inputs));
    tf.dispose(inputs);
    return read(results);
  }

  /** Tensors that a run in `tf.tidy` leaves behind, beside its results. */
  leftBehind(on: RuleCase, form: Form): number {
    return leftBehind(this.tensorsOf(on, false), (inputs) =>
      Object.values(this.apply(on, form, false, inputs)),
    );
  }

  /** Forgets what was compiled. */
  async forget(): Promise<void> {
    await this.calls.forget();
  }

  async dispose(): Promise<void> {
    await this.forget();
    await this.end();
  }

  /** Inputs, then documents, then the weights of a loss of outputs and state. */
  private tensorsOf(on: RuleCase, gradients: boolean): Tensor[] {
    const { documents, inputs } = on;
    const [B = 1, , T = 1] = inputs.q?.shape ?? [];
    return [
      ...Object.values(inputs).map(tensorOf),
      ...(documents ? [tf.tensor2d(documents, [B, T], 'int32')] : []),
      ...(gradients ? Object.values(this.lossWeights(on)).map(tensorOf) : []),
    ];
  }

  /** Weights of the loss of a case: `outputs` and `state.<field>`, its own or random ones. */
  lossWeights(on: RuleCase): NamedNumbers {
    const rng = Rng.fromSeed(2);
    const weights = Object.entries(this.resultShapes(on)).map(([name, shape]) => {
      const drawn = (): Numbers => ({ shape, values: rng.derive(name).normals(sizeOf(shape)) });
      const zeros = (): Numbers => ({ shape, values: new Float32Array(sizeOf(shape)) });
      return [name, on.lossWeights ? (on.lossWeights[name] ?? zeros()) : drawn()] as const;
    });
    return Object.fromEntries(weights);
  }

  private resultShapes({ inputs, params }: Shaped): Readonly<Record<string, readonly number[]>> {
    const [B = 1, queries = 1, T = 1, K = 1] = inputs.q?.shape ?? [];
    const [, H = 1, , width = 1] = inputs.v?.shape ?? [];
    const V = width / writesOf(this.rule, params);
    const fields = tf.tidy(() => {
      const state = this.rule.initState({ B, H, K, V }, params);
      return Object.entries(state).map(([name, { shape }]) => [`state.${name}`, shape] as const);
    });
    return {
      outputs: [B, queries, T, V],
      ...Object.fromEntries(fields),
    };
  }

  /** A case's outputs and state, and the gradients of the weighted sum of both, of tensors in their order. */
  private apply(
    on: RuleCase,
    form: Form,
    gradients: boolean,
    tensors: readonly Tensor[],
  ): Record<string, Tensor> {
    const names = Object.keys(on.inputs);
    const rest = tensors.slice(names.length);
    const documents = on.documents && rest.shift();
    // Of these tensors: what is compiled is run on cases of other lengths too.
    const named = Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor])); // as many
    const shapes = this.resultShapes({ params: on.params, inputs: named });
    const forward = (inputs: readonly Tensor[]): Record<string, Tensor> => {
      const results = this.sequence(on, form, inputs, documents);
      checkShapes(results, shapes);
      return results;
    };
    if (!gradients) return forward(tensors.slice(0, names.length));
    let results: Record<string, Tensor> = {};
    const loss = (...inputs: Tensor[]): Scalar => {
      results = forward(inputs);
      for (const x of Object.values(results)) tf.keep(x);
      const terms = Object.keys(shapes).map((name, i) => {
        return tf.sum(tf.mul(results[name] as Tensor, rest[i] as Tensor)); // as many as shapes
      });
      return lossOf(terms, inputs);
    };
    const { grads } = tf.valueAndGrads(loss)(tensors.slice(0, names.length));
    grads.forEach((gradient, i) => (results[`gradient of ${names[i] ?? ''}`] = gradient));
    return results;
  }

  private sequence(
    on: RuleCase,
    form: Form,
    tensors: readonly Tensor[],
    documents: Tensor | undefined,
  ): Record<string, Tensor> {
    const named = Object.keys(on.inputs).map((name, i) => [name, tensors[i] as Tensor] as const); // as many
    const group = (prefix: string): Record<string, Tensor> => {
      const own = named.filter(([name]) => name.startsWith(prefix));
      return Object.fromEntries(own.map(([name, x]) => [name.slice(prefix.length), x]));
    };
    const { q, k, v, logDecay } = Object.fromEntries(named) as Record<'q' | 'k' | 'v' | 'logDecay', Tensor>;
    const state = group('state.');
    const { outputs, state: after } = runRule(
      this.rule,
      { q, k, v, signals: group('signals.'), logDecay, documents },
      { ...form, params: on.params, ...('S' in state && { state: state as RuleState }) }, // S was there
    );
    const fields = Object.entries(after).map(([name, x]) => [`state.${name}`, x] as const);
    return { outputs, ...Object.fromEntries(fields) };
  }
}

function checkShapes(
  results: Readonly<Record<string, Tensor>>,
  shapes: Readonly<Record<string, readonly number[]>>,
): void {
  const text = (all: Readonly<Record<string, readonly number[]>>): string =>
    Object.keys(all)
      .sort()
      .map((name) => `${name} [${all[name]?.join(',') ?? ''}]`)
      .join(', ');
  const got = Object.fromEntries(Object.entries(results).map(([name, x]) => [name, x.shape]));
  const same =
    Object.keys(got).length === Object.keys(shapes).length &&
    Object.entries(shapes).every(([name, shape]) => sameShape(got[name] ?? [], shape));
  if (same) return;
  throw new ShapeError(`results: expected ${text(shapes)}, got ${text(got)}`);
}

function read(results: Readonly<Record<string, Tensor>>): Outcome {
  const entries = Object.entries(results).map(([name, x]) => {
    return [name, { shape: x.shape, values: Float32Array.from(x.dataSync()) }] as const;
  });
  tf.dispose(Object.values(results));
  return Object.fromEntries(entries);
}
