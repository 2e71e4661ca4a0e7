import type { BatchShape, TokenSet, Tokenizer } from '../data/index.js';
import type { Rng } from '../src/core/rng.js';
import type { Engine } from '../src/engine/engine.js';
import type { Model } from '../src/model/model.js';
import type { AxesOptions, HeatMapOptions } from './pictures.js';

/** One part of a measurement, such as the tokens at some places of their stories. */
export interface ProbeSlice {
  /** Such as `position 8-15`. */
  readonly name: string;
  readonly value: number;
  /** Independent samples in this part. */
  readonly n: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** One measurement with its 95 % confidence interval. */
export interface ProbeResult {
  /** Name of the probe that made it. */
  readonly probe: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** Independent samples that the interval rests on. */
  readonly n: number;
  /** Bounds of the interval; null where there is only one sample. */
  readonly low: number | null;
  readonly high: number | null;
  /** The same metric by parts; empty where it has none. */
  readonly slices: readonly ProbeSlice[];
  /** What models without the ability score, by name: `uniform` gives every choice the same probability. */
  readonly baselines?: Readonly<Record<string, number>>;
}

/** A value that JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** A chart to be drawn, and the name of its file without extension. */
export type ProbePicture =
  | { readonly name: string; readonly kind: 'lines'; readonly chart: AxesOptions }
  | { readonly name: string; readonly kind: 'heatMap'; readonly chart: HeatMapOptions };

/** What was found, for readers who look at nothing else. */
export interface Finding {
  /** One or two words, such as `loss`. */
  readonly topic: string;
  /** A line or two, with what a reader needs to judge it, such as what chance gives. */
  readonly text: string;
}

/** Everything a probe found. */
export interface ProbeReport {
  readonly results: readonly ProbeResult[];
  /** The one or two things that matter most. */
  readonly summary?: readonly Finding[];
  /** What was left out and why, such as blocks without a memory. */
  readonly notes?: readonly string[];
  /** What no table holds, such as matrices. */
  readonly details?: JsonValue;
  readonly pictures?: readonly ProbePicture[];
}

/** Two sentences of which one is better English. */
export interface SentencePair {
  readonly phenomenon: string;
  readonly good: string;
  readonly bad: string;
}

/** What a probe examines. */
export interface ProbeSubject {
  readonly engine: Engine;
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** Stories the model was not trained on, by the model's tokenizer. */
  readonly validation: TokenSet;
  /** Reads the text that the model was trained on, or the beginning of it; absent where it is not at hand. */
  readonly training?: () => Promise<TokenSet>;
  /** Rows, and tokens per row, of one forward pass. */
  readonly shape: BatchShape;
  /** Every random choice of the probe is drawn from it. */
  readonly rng: Rng;
  /** Text for probes that look at one prompt. Default: the beginning of a validation story. */
  readonly prompt?: string;
  /** For probes that compare sentences. Default: pairs in the words of simple stories. */
  readonly pairs?: readonly SentencePair[];
  /** Hears how far the probe is, in [0, 1]. */
  readonly onProgress?: (part: number) => void;
}

/** A question to a trained model. Adding one is one file and one line in the registry. */
export interface Probe {
  readonly name: string;
  readonly title: string;
  /** What the numbers mean and where the measure comes from. */
  readonly source: string;
  /**
   * Leaves the model as it is; disposes every tensor it makes.
   *
   * @throws DataError when the validation stories do not hold what it needs.
   * @throws NonFiniteError when the model has diverged.
   */
  run(subject: ProbeSubject): Promise<ProbeReport>;
}
