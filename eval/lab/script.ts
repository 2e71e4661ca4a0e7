/** What happens in one time step: stimuli by intensity and unconditional stimuli by size. */
export interface Trial {
  readonly stimuli: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Probability that the outcomes come; without them the trial is the same but for a US of 0. Default 1. */
  readonly chance?: number;
}

/** Rounds through a list of trials: `trials` times every one of `each`, in turn. */
export interface Phase {
  readonly trials: number;
  readonly each: readonly Trial[];
}

/** One memory: how strongly it writes and what it keeps from step to step. */
export interface LabHead {
  readonly beta: number;
  /** Factor in (0, 1] on the memory before each write. */
  readonly decay: number;
}

/**
 * A conditioning experiment. More than one head share the error: each is taught the US less what the others
 * predict, and their responses add up.
 */
export interface Script {
  readonly phases: readonly Phase[];
  readonly heads: readonly LabHead[];
  /**
   * Copies of the heads, one above the other. All see the stimuli; the US of a layer above the first is what the
   * layer below it predicted, before that learned from the trial. Default 1.
   */
  readonly layers?: number;
}

/** One time step as vectors: `k` over the stimuli, `v` over the unconditional stimuli. */
export interface Step {
  readonly k: readonly number[];
  readonly v: readonly number[];
  readonly chance: number;
}

/** A script laid out in time, each stimulus an axis of its own. */
export interface Course {
  readonly stimuli: readonly string[];
  readonly outcomes: readonly string[];
  readonly steps: readonly Step[];
  /** Steps done at the end of each phase. */
  readonly ends: readonly number[];
  readonly heads: readonly LabHead[];
  readonly layers: number;
}

/** The memories `[L,V,K]` of a course, each layer's summed over its heads, after one step. */
export type Memory = ArrayLike<number>;

/** Runs a course from an empty memory and gives the memory after each step. */
export type Drive = (course: Course) => readonly Memory[];

/** The name of the unconditional stimulus where there is only one. */
export const US = 'US';

/** A trial with these stimuli and a US of this size. */
export function trial(stimuli: Readonly<Record<string, number>>, size = 0, chance = 1): Trial {
  return { stimuli, outcomes: size === 0 ? {} : { [US]: size }, chance };
}

/** A phase of one kind of trial. */
export function phase(trials: number, ...each: readonly Trial[]): Phase {
  return { trials, each };
}

function namesOf(trials: readonly Trial[], field: 'stimuli' | 'outcomes', atLeast: string): string[] {
  const names = new Set(trials.flatMap((one) => Object.keys(one[field])));
  return names.size > 0 ? [...names] : [atLeast];
}

/**
 * The steps of a script. Stimuli are the axes of an orthonormal basis, in order of appearance; a compound is
 * their sum, not normalised.
 */
export function courseOf({ phases, heads, layers = 1 }: Script): Course {
  const trials = phases.flatMap(({ each }) => each);
  const stimuli = namesOf(trials, 'stimuli', 'none');
  const outcomes = namesOf(trials, 'outcomes', US);
  const steps: Step[] = [];
  const ends: number[] = [];
  for (const { trials: rounds, each } of phases) {
    const round = each.map((one) => ({
      k: stimuli.map((name) => one.stimuli[name] ?? 0),
      v: outcomes.map((name) => one.outcomes[name] ?? 0),
      chance: one.chance ?? 1,
    }));
    for (let i = 0; i < rounds; i++) steps.push(...round);
    ends.push(steps.length);
  }
  return { stimuli, outcomes, steps, ends, heads, layers };
}

/**
 * The response to a probe: `u^T S c`, c the sum of the probe's stimuli, S the memory of a layer counted from 0. A
 * stimulus or US that the course does not know was never met: its response is 0.
 */
export function response(
  { stimuli, outcomes }: Course,
  memory: Memory,
  probe: Readonly<Record<string, number>>,
  outcome: string = US,
  layer = 0,
): number {
  if (!outcomes.includes(outcome)) return 0;
  const row = layer * outcomes.length + outcomes.indexOf(outcome);
  return stimuli.reduce(
    (sum, name, j) => sum + (probe[name] ?? 0) * (memory[row * stimuli.length + j] ?? 0),
    0,
  );
}
