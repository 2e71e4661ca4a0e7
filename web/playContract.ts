import type { TokenizerJson } from '../data/text/tokenizer/contract.js';
import type { SavedState, StateFacts } from './contract.js';

/** A layer whose memories can be watched and changed. */
export interface PlayLayer {
  /** Index of the layer in the model. */
  readonly layer: number;
  /** Heads that read. */
  readonly heads: number;
  /** Memories, each read by heads / memories heads in a row. */
  readonly memories: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** Keys and values that a memory is given per token, one after the other. */
  readonly writes: number;
  readonly rule: string;
  readonly gate: string;
  /** Names of the rule's signals. */
  readonly signals: readonly string[];
  /** Whether the memories forget. */
  readonly hasDecay: boolean;
}

/** A run in a play folder. */
export interface PlayFacts {
  /** Name of the run; its graphs are in `runs/NAME/`. */
  readonly name: string;
  readonly rule: string;
  readonly gate: string;
  /** The layers with memories. */
  readonly layers: readonly PlayLayer[];
  /** How many numbers were trained. */
  readonly parameters: number;
  /** Training step of the checkpoint. */
  readonly step: number;
}

/** A graph of the memories of a layer alone, and what it is given. */
export interface MemoryGraphFacts {
  /** In the run's folder; layers may have the same. */
  readonly file: string;
  /** Tokens that are left out at once. */
  readonly rows: number;
  /** What it is given per token, by name, with the shape. */
  readonly tokens: Readonly<Record<string, readonly number[]>>;
  /** The fields of the memories, and their names among the states of the model. */
  readonly fields: readonly (StateFacts & { readonly state: string })[];
}

/** A run as `play.json` has it. */
export interface PlayRun extends PlayFacts {
  readonly states: readonly StateFacts[];
  /** Most tokens that may be read; null for no limit. */
  readonly cacheLength: number | null;
  readonly tokenizer: TokenizerJson;
  /** By layer as in `layers`: the graph of its memories alone. */
  readonly memories: readonly MemoryGraphFacts[];
}

/** `play.json` */
export interface PlayFolder {
  readonly format: 'pavlov-play';
  readonly version: 1;
  /** What runs the graphs: the program that serves the page, or a copy of the package beside it. */
  readonly runtime: 'server' | 'onnxruntime-web';
  readonly runs: readonly PlayRun[];
}

/** Factors on what the memories of one layer do with a token; all that is left out is 1. */
export interface LayerChange {
  /** By head: on what it reads; 0 silences it. */
  readonly read?: readonly number[];
  /** By memory: the share of the token's write; with 0 the token leaves nothing but the decay. */
  readonly write?: readonly number[];
  /** By signal of the rule and memory. */
  readonly signals?: Readonly<Record<string, readonly number[]>>;
  /** By memory: on the logarithm of the decay; 0 keeps everything, 2 forgets as two tokens do. */
  readonly decay?: readonly number[];
}

/** Changes by index of the layer. */
export type Change = Readonly<Record<number, LayerChange>>;

/** What the memories of one layer were given at a token, and what came of it: after the changes. */
export interface LayerView {
  readonly layer: number;
  /** `[heads,K]` */
  readonly q: Float32Array;
  /** `[memories,writes K]` */
  readonly k: Float32Array;
  /** `[memories,writes V]` */
  readonly v: Float32Array;
  /** `[memories]`, or with an axis more. */
  readonly signals: Readonly<Record<string, Float32Array>>;
  /** The share that is kept, `[memories]` or `[memories,K]`. */
  readonly decay?: Float32Array;
  /** `[heads,V]`, after `read` of the change. */
  readonly read: Float32Array;
  /** The memories after the token, `[memories,V,K]`, less what they begin with where a rule begins with other than zeros. */
  readonly S: Float32Array;
}

/** A token read. */
export interface PlayStep {
  readonly id: number;
  /** The token as text; empty for the end of text. */
  readonly piece: string;
  /** Of the next token. */
  readonly logits: Float32Array;
  readonly layers: readonly LayerView[];
  /** All that is carried on from here. */
  readonly state: SavedState;
  /** What the token started from, where that is not what the token before it ended with. */
  readonly start?: SavedState;
  readonly change?: Change;
}

/** What each read-out owes to each write. */
export interface Shares {
  /**
   * `[head][t][s]`, s <= t: the part of the read-out at token t that is due to the value of token s, along the read-out.
   * For rules that are linear in the values those of a read-out add up to 1, less what a patch or an earlier text left.
   */
  readonly shares: readonly (readonly Float32Array[])[];
  /** The same as sizes. */
  readonly strengths: readonly (readonly Float32Array[])[];
}
