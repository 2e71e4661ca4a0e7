import { at } from './drawing.js';
import { dot } from '../../src/core/numbers.js';

/** One trial: how strongly each cue is there, and the size of the US that follows. */
export interface ConditioningTrial {
  readonly cues: readonly number[];
  readonly us: number;
}

/** How the US comes about in a world of conditioning. */
export interface ConditioningLaw {
  /** `sum`: each cue has a weight and weights add up; `configural`: each set of cues has a weight of its own. */
  readonly law: 'sum' | 'configural';
  /** Standard deviation of noise on the US. */
  readonly noise: number;
  /** Correlation of a weight from trial to trial; its variance stays 1. */
  readonly keep: number;
}

/** Below this the trial's US was certain and tells nothing. */
const CERTAIN = 1e-9;

/** What an ideal learner expects: the mean of the weights given the trials so far. */
interface Learner {
  expect(cues: readonly number[]): number;
  learn(trial: ConditioningTrial): void;
}

/**
 * Kalman's filter on the weights of the cues, prior N(0, I):
 *
 *   s = x.P x + noise^2    m += P x (u - m.x) / s    P -= P x (P x)^T / s    then m <- a m, P <- a^2 P + (1 - a^2) I
 */
function sumLearner(cues: number, { noise, keep }: ConditioningLaw): Learner {
  const m = new Float64Array(cues);
  const P = Array.from({ length: cues }, (_, i) =>
    Float64Array.from({ length: cues }, (_unused, j) => Number(i === j)),
  );
  return {
    expect: (x) => dot(m, x),
    learn({ cues: x, us }) {
      const Px = P.map((row) => dot(row, x));
      const s = dot(Px, x) + noise * noise;
      const error = us - dot(m, x);
      for (const [i, row] of P.entries()) {
        const gain = s > CERTAIN ? at(Px, i) / s : 0;
        m[i] = keep * (at(m, i) + gain * error);
        for (let j = 0; j < cues; j++) {
          row[j] = keep * keep * (at(row, j) - gain * at(Px, j)) + (i === j ? 1 - keep * keep : 0);
        }
      }
    },
  };
}

/** The same filter on one weight for each set of cues, of which none tells about another. */
function configuralLearner({ noise, keep }: ConditioningLaw): Learner {
  interface Belief {
    mean: number;
    variance: number;
    trial: number;
  }
  const beliefs = new Map<string, Belief>();
  let trials = 0;
  const now = (cues: readonly number[]): Belief => {
    const { mean, variance, trial } = beliefs.get(cues.join()) ?? { mean: 0, variance: 1, trial: trials };
    const faded = keep ** (trials - trial);
    return { mean: faded * mean, variance: 1 - faded * faded * (1 - variance), trial: trials };
  };
  return {
    expect: (cues) => now(cues).mean,
    learn({ cues, us }) {
      const belief = now(cues);
      const s = belief.variance + noise * noise;
      if (s > CERTAIN && cues.some((x) => x !== 0)) {
        belief.mean += (belief.variance / s) * (us - belief.mean);
        belief.variance -= belief.variance ** 2 / s;
        beliefs.set(cues.join(), belief);
      }
      trials++;
    },
  };
}

/**
 * What an ideal learner of a law expects at the beginning of each trial: the posterior mean of the US, given the
 * trials before and the cues.
 *
 * Without any cue nothing is expected. Units: of the US. Source: Kalman 1960; for conditioning Dayan and Kakade 2001.
 */
export function idealExpectations(trials: readonly ConditioningTrial[], law: ConditioningLaw): number[] {
  const cues = trials[0]?.cues.length ?? 0;
  const learner = law.law === 'sum' ? sumLearner(cues, law) : configuralLearner(law);
  return trials.map((trial) => {
    const expected = learner.expect(trial.cues);
    learner.learn(trial);
    return expected;
  });
}

/** Numbers a token: the cues, the US, and whether the US is told. */
export function conditioningWidth(cues: number): number {
  return cues + 2;
}

/**
 * Trials as the inputs of the task, two tokens each: the cues, where the US is asked, then the cues with the US.
 *
 * Shapes: [2 trials, cues + 2] row-major.
 */
export function conditioningInputs(trials: readonly ConditioningTrial[]): Float32Array {
  const cues = trials[0]?.cues.length ?? 0;
  const width = conditioningWidth(cues);
  const inputs = new Float32Array(2 * trials.length * width);
  for (const [i, trial] of trials.entries()) {
    inputs.set(trial.cues, 2 * i * width);
    inputs.set([...trial.cues, trial.us, 1], (2 * i + 1) * width);
  }
  return inputs;
}

/** The trials that inputs tell, up to and with the one that begins at token `2 (count - 1)`. */
export function conditioningTrials(
  inputs: ArrayLike<number>,
  cues: number,
  count: number,
): ConditioningTrial[] {
  const width = conditioningWidth(cues);
  return Array.from({ length: count }, (_, i) => {
    const start = (2 * i + 1) * width;
    const told = Array.from({ length: cues }, (_unused, j) => at(inputs, 2 * i * width + j));
    return { cues: told, us: at(inputs, start + cues) };
  });
}
