import type { LearningCurve, LearningCurves } from '../../eval/lab/curvesContract.js';
import { DataError } from '../../src/core/errors.js';

/**
 * The experiments of `lab.json`.
 *
 * @throws DataError for a file of another form.
 */
export function readCurves(bytes: Uint8Array): LearningCurves {
  // The cast: what `pavlov play` writes, whose format and version are checked.
  const file = JSON.parse(new TextDecoder().decode(bytes)) as Partial<LearningCurves>;
  if (file.format === 'pavlov-lab' && file.version === 1 && file.curves && file.phenomena && file.rules) {
    return {
      format: file.format,
      version: 1,
      rules: file.rules,
      phenomena: file.phenomena,
      curves: file.curves,
    };
  }
  throw new DataError(
    "lab.json: expected the experiments of 'pavlov play' of version 1, got something else; write the folder anew",
  );
}

/** The curves of one experiment by some rules. */
export function curvesOf(
  { curves }: LearningCurves,
  phenomenon: string,
  rules: readonly string[],
): readonly LearningCurve[] {
  return curves.filter((curve) => curve.phenomenon === phenomenon && rules.includes(curve.rule));
}

/** The trials of each phase in the notation of learning theory: a design of as many parts as phases, cut up. */
export function phaseNames(design: string, phases: number): readonly string[] {
  const parts = design.split(/, then | then /);
  return parts.length === phases
    ? parts
    : Array.from({ length: phases }, (_, i) => (phases === 1 ? design : `phase ${i + 1}`));
}

/** How well theory and measurement agree, in words. */
export function verdictOf({ predicted, agrees }: LearningCurve): string {
  if (predicted === null) return 'no closed form';
  return agrees === true ? 'as predicted' : 'differs';
}
