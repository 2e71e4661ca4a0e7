/** One reading of an experiment by one rule, step by step. */
export interface LearningCurve {
  readonly rule: string;
  readonly phenomenon: string;
  readonly reading: string;
  /** The response after each step; not finite numbers as null. Units: the US. */
  readonly measured: readonly (number | null)[];
  /** What the closed form says after each step; null where it says nothing of it. */
  readonly theory: readonly (number | null)[];
  /** What the closed form says of the reading; null where there is none. */
  readonly predicted: number | null;
  /** The reading itself: the last response, or by how much it changed in a phase. */
  readonly value: number | null;
  /** Whether the two are equal to single precision; null without a closed form. */
  readonly agrees: boolean | null;
  /** Steps done at the end of each phase. */
  readonly ends: readonly number[];
}

/** `lab.json` of a play folder: experiments of conditioning by rules. */
export interface LearningCurves {
  readonly format: 'pavlov-lab';
  readonly version: 1;
  readonly rules: readonly string[];
  readonly phenomena: readonly {
    readonly name: string;
    readonly title: string;
    /** In the notation of learning theory. */
    readonly design: string;
  }[];
  readonly curves: readonly LearningCurve[];
}
