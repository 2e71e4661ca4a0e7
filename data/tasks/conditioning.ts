import { NonFiniteError } from '../../src/core/errors.js';
import type { Params } from '../../src/core/params.js';
import type { Rng } from '../../src/core/rng.js';
import {
  conditioningInputs,
  conditioningTrials,
  conditioningWidth,
  idealExpectations,
  type ConditioningLaw,
  type ConditioningTrial,
} from './conditionedUs.js';
import type { PresetPart, Question, Task, TaskDraw, TaskMetric, TaskSample } from './contract.js';
import { at, drawBetween, drawDistinct, wholeRange } from './drawing.js';
import { numbersOf, oneOf, real, whole } from './settings.js';

/** Chances of no cue, one, two, three in a kind of trial. */
const CUE_CHANCES = [0.05, 0.5, 0.35, 0.1];
/** Rate of the baseline of Rescorla and Wagner. */
const RATE = 0.3;

/** Squared error of the expectation; what zero scores is the square of what the ideal learner expects. */
const squaredError: TaskMetric = {
  name: 'squared-error',
  unit: 'US^2',
  best: 'low',
  perfect: 0,
  doc: 'squared distance to what the ideal learner expects',
  of(prediction, right): number {
    const error = (at(prediction, 0) - right.target) ** 2;
    if (Number.isFinite(error)) return error;
    throw new NonFiniteError(
      `squared-error: expected a finite prediction, got ${prediction[0]}; look at the step that went wrong`,
    );
  },
  chance: (right) => right.target ** 2,
};

/** The law that settings of the task state. */
export function conditioningLaw(settings: Params): ConditioningLaw {
  const { noise, keep } = numbersOf(settings, 'noise', 'keep');
  return { law: settings.law === 'configural' ? 'configural' : 'sum', noise, keep };
}

/** Weights that wander, one for each cue or each set of cues, as they are asked for. */
function wanderingWeights({ keep }: ConditioningLaw, rng: Rng): (key: string, trial: number) => number {
  const weights = new Map<string, { value: number; trial: number }>();
  return (key, trial) => {
    const known = weights.get(key);
    const faded = known ? keep ** (trial - known.trial) : 0;
    const value = faded * (known?.value ?? 0) + Math.sqrt(1 - faded * faded) * rng.normal();
    weights.set(key, { value, trial });
    return value;
  };
}

/** Cues of each trial: phases of a random length, each in turns of one or two kinds of trial. */
function drawSchedule(cues: number, trials: number, rng: Rng): number[][] {
  const schedule: number[][] = [];
  while (schedule.length < trials) {
    const kinds = Array.from({ length: drawBetween(rng, 1, 2) }, () => drawCues(cues, rng));
    const rounds = drawBetween(rng, 1, Math.max(1, Math.floor(trials / 3)));
    for (let i = 0; i < rounds * kinds.length; i++) schedule.push(kinds[i % kinds.length] ?? []);
  }
  return schedule.slice(0, trials);
}

function drawCues(cues: number, rng: Rng): number[] {
  let left = rng.uniform();
  const drawn = CUE_CHANCES.findIndex((chance) => (left -= chance) < 0);
  const present = drawDistinct(rng, 0, cues, Math.min(cues, drawn < 0 ? 1 : drawn));
  return Array.from({ length: cues }, (_, i) => Number(present.includes(i)));
}

function drawTrials(cues: number, trials: number, law: ConditioningLaw, rng: Rng): ConditioningTrial[] {
  const weight = wanderingWeights(law, rng);
  return drawSchedule(cues, trials, rng).map((present, trial) => {
    const keys = law.law === 'sum' ? present.flatMap((x, i) => (x > 0 ? [String(i)] : [])) : [present.join()];
    const isEmpty = present.every((x) => x === 0);
    const mean = isEmpty ? 0 : keys.reduce((sum, key) => sum + weight(key, trial), 0);
    // The ideal learner sees what the inputs tell, which is float32.
    return { cues: present, us: Math.fround(mean + law.noise * rng.normal()) };
  });
}

/** `V += rate (us - V.x) x` for every trial in turn. */
function rescorlaWagner(trials: readonly ConditioningTrial[]): number[] {
  const V = new Float64Array(trials[0]?.cues.length ?? 0);
  return trials.map(({ cues, us }) => {
    const expected = cues.reduce((sum, x, i) => sum + x * at(V, i), 0);
    for (const [i, x] of cues.entries()) V[i] = at(V, i) + RATE * (us - expected) * x;
    return expected;
  });
}

/** What is expected in each trial, given the trials up to it. */
type Expectations = (known: readonly ConditioningTrial[]) => number[];

/** The expectations at the positions asked, from the trials that stand before them. */
function answersBy(expectations: Expectations, { inputs, positions }: Question, cues: number): number[] {
  const last = positions.at(-1);
  const known = expectations(conditioningTrials(inputs, cues, last === undefined ? 0 : last / 2 + 1));
  return Array.from(positions, (t) => known[t / 2] ?? 0);
}

function openConditioning(settings: Params): TaskDraw {
  const { cues, trials } = numbersOf(settings, 'cues', 'trials');
  const law = conditioningLaw(settings);
  const positions = wholeRange(0, trials).map((trial) => 2 * trial);
  const other: ConditioningLaw = { ...law, law: law.law === 'sum' ? 'configural' : 'sum' };

  function draw(rng: Rng): TaskSample {
    const drawn = drawTrials(cues, trials, law, rng);
    return {
      inputs: conditioningInputs(drawn),
      positions,
      targets: Float32Array.from(idealExpectations(drawn, law)),
      slices: {
        trials: wholeRange(0, trials),
        cues: Int32Array.from(drawn, ({ cues: x }) => x.filter((size) => size > 0).length),
      },
    };
  }

  const baseline = (expectations: Expectations) => (question: Question) =>
    answersBy(expectations, question, cues).map((value) => Float32Array.of(value));

  return {
    shape: {
      sequenceLength: 2 * trials,
      scored: trials,
      inputs: { kind: 'real', width: conditioningWidth(cues) },
      outputs: { kind: 'real' },
    },
    metrics: [squaredError],
    baselines: {
      [`Rescorla and Wagner, rate ${RATE}`]: baseline(rescorlaWagner),
      'ideal learner of the other law': baseline((known) => idealExpectations(known, other)),
    },
    draw,
    solve: (question) => answersBy((known) => idealExpectations(known, law), question, cues),
  };
}

function byTrials(trials: number, samples: number): PresetPart {
  return { name: `${trials} trials`, settings: { trials }, samples };
}

const linearHead = {
  layers: 1,
  width: 16,
  heads: 1,
  batch: 64,
  learningRates: [0.01],
  mixer: 'linear',
  mlp: false,
} as const;

/** Classical conditioning in context. */
export const conditioning: Task = {
  name: 'conditioning',
  title: 'Classical conditioning in context',
  asks: 'Trials of cues and a US, under weights that are new in each row: what US is to be expected at these cues?',
  source:
    'As defined here. The law is that of Dayan and Kakade 2001 (Explaining away in weight space), whose ideal learner ' +
    "is Kalman's filter; no trained results are published",
  settings: {
    cues: whole('cues')(4, [1, 64], 'stimuli there are'),
    trials: whole('trials')(48, [1, 8192], 'trials a row; T is twice as many'),
    law: oneOf(
      ['sum', 'configural'],
      '`sum`: a weight a cue, weights add up; `configural`: a weight for each set of cues',
    ),
    noise: real(0.5, [0, 10], 'standard deviation of noise on the US'),
    keep: real(0.98, [0, 1], 'correlation of a weight from trial to trial; 1: it stays for ever'),
  },
  slices: {
    trials: { doc: 'trials seen before the answer', by: 'octave' },
    cues: { doc: 'cues there at the question', by: 'value' },
  },
  presets: {
    smoke: {
      doc: 'three cues, thirty-two trials; one head with nothing around it',
      settings: { cues: 3, trials: 32 },
      train: [byTrials(32, 12_800)],
      validation: [byTrials(32, 500)],
      test: [byTrials(32, 1000)],
      recipe: linearHead,
    },
    small: {
      doc: 'four cues, forty-eight trials; one head with nothing around it',
      settings: { cues: 4, trials: 48 },
      train: [byTrials(48, 64_000)],
      validation: [byTrials(48, 500)],
      test: [byTrials(48, 2000)],
      recipe: linearHead,
    },
    paper: {
      doc: 'as small with a model of blocks; no setting is published',
      settings: { cues: 4, trials: 48 },
      train: [byTrials(48, 500_000)],
      validation: [byTrials(48, 2000)],
      test: [byTrials(48, 5000)],
    },
  },
  check: () => [],
  open: openConditioning,
};
