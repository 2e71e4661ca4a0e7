/** A tensor of ONNX Runtime: what this entry needs of one. */
export interface RuntimeTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** A session of ONNX Runtime: what this entry needs of one. */
export interface RuntimeSession {
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, unknown>>>;
  release(): Promise<void>;
}

/** `onnxruntime-web`, or `onnxruntime-node`: the module itself is given, so that nothing is bundled unasked. */
export interface Runtime {
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: {
    create(bytes: Uint8Array, options?: never): Promise<RuntimeSession>;
  };
}

/** A state that a graph carries from token to token. */
export interface StateFacts {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A state, such as the memory `recurrent.0` `[1,heads,V,K]`, as it is now. */
export interface StateValue extends StateFacts {
  readonly values: Float32Array;
}

/** All that a model carries from token to token: how many it has read, and its states in their order. */
export interface SavedState {
  readonly count: number;
  readonly values: readonly Float32Array[];
}

/** Gives a file of an export, such as `decode.onnx`. */
export type ReadFile = (name: string) => Promise<Uint8Array>;
