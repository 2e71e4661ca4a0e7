/** What a block mixes tokens with: the conditioning head, or the softmax baseline. */
export type HeadKind = 'conditioning' | 'softmax';

/** Everything that decides the model's weights and arithmetic. Saved in every checkpoint. */
export interface ModelConfig {
  /** Number of token ids. */
  readonly vocabulary: number;
  /** Model width D. */
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** K, key size of one head. */
  readonly keySize: number;
  /** V, value size of one head. */
  readonly valueSize: number;
  /** Hidden width of the SwiGLU MLP. */
  readonly mlpWidth: number;
  /** Taps of the short causal convolution on q, k and v; 0 for none. */
  readonly convolution: number;
  /** Whether the head's output is multiplied by silu of a projection of its input. */
  readonly outputGate: boolean;
  readonly rule: string;
  readonly ruleParams: Readonly<Record<string, number | string>>;
  readonly gate: string;
  readonly gateParams: Readonly<Record<string, number | string>>;
  /** Tokens a chunk in the rules' chunk form. */
  readonly chunkSize: number;
  /** One kind for all blocks, or one a block. */
  readonly head: HeadKind | readonly HeadKind[];
  readonly normEpsilon: number;
}
