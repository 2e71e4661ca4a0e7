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

/** Gives a file of an export, such as `decode.onnx`. */
export type ReadFile = (name: string) => Promise<Uint8Array>;
