import type { Tensor, Variable } from '../core/tf.js';
import type { SpareSessions } from './graph/spareSessions.js';

/** Names of the engines; the first is the default. */
export const engineNames = ['graph', 'eager'] as const;

/** ONNX Runtime's names of the devices that the graph engine can run on; the first is the default. */
export const graphDevices = ['cpu', 'webgpu', 'cuda'] as const;

/** The tfjs backends that the eager engine can run on; the first is the default. */
export const eagerBackends = ['cpu', 'wasm', 'tensorflow'] as const;

/** What a compiled function may take and give: tensors in an array or under names. */
export type TensorTree = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

export interface CompileOptions {
  /**
   * Variables the function reads or assigns. They live in the engine between calls; `engine.pull` copies
   * them back.
   */
  readonly variables?: readonly Variable[];
  /** When the assignments of a call are kept: always, or when every number of its result is finite. */
  readonly commit?: 'always' | 'finite';
  /**
   * Whether every call gives its results memory of their own, or may write over those of the call before. Large
   * results of short calls are worth it: what is made for each call is what the garbage collector is called for.
   * Default `own`.
   */
  readonly results?: 'own' | 'reused';
  /** Named in error messages and profiles. */
  readonly name?: string;
}

/** The same function as was given, faster. Tensors it returns are the caller's to dispose. */
export interface CompiledFunction<In extends readonly Tensor[], Out extends TensorTree> {
  (...inputs: In): Promise<Out>;
  /**
   * The results of calls one after another, which is faster than making them singly where variables must be moved to a
   * device and back. Ends with the first call whose assignments are not kept: the others are not made.
   */
  inSequence(calls: readonly In[]): Promise<Out[]>;
  /**
   * Releases what was compiled. Variables stay: those that no other compiled function uses leave the engine,
   * and have its values as `engine.pull` would give them.
   */
  dispose(): Promise<void>;
}

/**
 * Runs functions written in functional tfjs ops.
 *
 * Nothing outside `engine/` knows which engine runs.
 */
export interface Engine {
  readonly name: (typeof engineNames)[number];
  /** Where the arithmetic runs: `cpu`, `webgpu`, `cuda`, or for eager the tfjs backend. */
  readonly device: string;
  /** graph on cpu: threads inside one operation, at most. */
  readonly threads?: number;
  /**
   * The same function of tensors, faster. It may call `tf.valueAndGrads`, read variables and `assign` them;
   * assignments take effect after the call.
   *
   * What it gives throws TraceError when the function reads a value while it is traced or uses a kernel without
   * a mapping, ShapeError when it assigns a variable a value of another shape or type.
   */
  compile<In extends readonly Tensor[], Out extends TensorTree>(
    fn: (...inputs: In) => Out,
    options?: CompileOptions,
  ): CompiledFunction<In, Out>;
  /** Copies the engine's values of the variables into the tfjs variables, so that they can be read. */
  pull(variables: readonly Variable[]): Promise<void>;
  /** Calls in sequence that are worth making at once: 1 where that gains nothing. */
  readonly callsTogether: number;
  /** Seconds spent compiling so far. */
  readonly compileSeconds: number;
  /** Ends the engine, with everything compiled on it. Values that live in it and were not pulled are lost. */
  dispose(): Promise<void>;
}

export interface EngineOptions {
  readonly engine?: (typeof engineNames)[number];
  /** graph: `cpu` (default), `webgpu`, `cuda`. */
  readonly device?: string;
  /** eager: `cpu` (default), `wasm`, `tensorflow`. */
  readonly backend?: string;
  /** graph on cpu: threads inside one operation. Default: the cores that are idle, and one for graphs with little work. */
  readonly threads?: number;
  /** graph: write ONNX Runtime's profile with this file prefix. */
  readonly profile?: string;
  /** graph on cpu: takes what engines before it made ready, and leaves what it made ready itself. */
  readonly spare?: SpareSessions;
}
