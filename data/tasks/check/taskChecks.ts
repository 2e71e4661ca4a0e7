import { firstFinding, type Check, type CheckFinding } from '../../../src/core/check.js';
import type { Answer, TaskSample } from '../contract.js';
import type { TaskSource } from '../openTask.js';
import { sampleFault, shapeFault, type Fault } from './sampleFaults.js';
import { evenOver, rightAnswers, type TaskSubject } from './taskSubject.js';

const SAMPLES = 60;

function finding(fault: Fault | undefined, where: string, hint: string): CheckFinding | undefined {
  return fault && { expected: fault[0], got: fault[1], where, hint };
}

const presets: Check<TaskSubject> = {
  name: 'presets',
  title: 'the defaults and every part of every preset open, with sizes that make sense',
  hint: 'shape says what open() makes under these settings: sequenceLength, scored, inputs, outputs',
  run: (subject) =>
    firstFinding([{ where: 'the defaults', settings: {} }, ...subject.parts()], ({ where, settings }) => {
      const source = subject.open(1, settings);
      return finding(
        shapeFault(source) ?? sampleFault(source, source.sample('train', 0)),
        where,
        presets.hint,
      );
    }),
};

const oneModel: Check<TaskSubject> = {
  name: 'one model',
  title: 'all parts of a preset have the same inputs and answers, so that one model serves them',
  hint: 'let parts differ in length, not in vocabulary, width or classes',
  run: (subject) =>
    firstFinding(Object.entries(subject.task.presets), ([name]) => {
      const ends = [...subject.parts()]
        .filter(({ where }) => where.startsWith(`preset ${name},`))
        .map(({ where, settings }) => {
          const { inputs, outputs } = subject.open(1, settings).shape;
          const answers = outputs.kind === 'real' ? 'numbers' : `${outputs.classes} classes`;
          return { where, text: `${JSON.stringify(inputs)}, ${answers}` };
        });
      const other = ends.find(({ text }) => text !== ends[0]?.text);
      return finding(other && [ends[0]?.text ?? '', other.text], other?.where ?? '', oneModel.hint);
    }),
};

const samples: Check<TaskSubject> = {
  name: 'samples',
  title: 'inputs, positions, targets and slices of every sample are as the shape says',
  hint: 'token ids lie below the vocabulary, positions rise, targets are among the candidates, slices have one value a position',
  run(subject) {
    const source = subject.open();
    return firstFinding(subject.samples(source, SAMPLES), ({ where, sample }) =>
      finding(sampleFault(source, sample), where, samples.hint),
    );
  },
};

const contentOf = ({ inputs }: TaskSample): string => inputs.join();

const textOf = (sample: TaskSample): string =>
  JSON.stringify([sample.inputs, sample.positions, sample.targets].map((values) => Array.from(values)));

const deterministic: Check<TaskSubject> = {
  name: 'deterministic',
  title: 'sample i is the same whatever was drawn before, and another for another seed or index',
  hint: 'draw from the rng that is given, never from Math.random; keep nothing between samples',
  run(subject) {
    const hint = deterministic.hint;
    const fresh = subject.open().sample('train', 7);
    const used = subject.open();
    for (const i of [9, 3, 0]) used.sample('test', i);
    if (textOf(used.sample('train', 7)) !== textOf(fresh)) {
      return finding(['the same sample', 'another'], 'train sample 7, after others', hint);
    }
    const others = [subject.open(2).sample('train', 7), used.sample('train', 8)];
    const same = others.findIndex((other) => contentOf(other) === contentOf(fresh));
    if (same < 0) return undefined;
    return finding(['other inputs', 'the same'], same === 0 ? 'another seed' : 'train samples 7 and 8', hint);
  },
};

const splits: Check<TaskSubject> = {
  name: 'splits',
  title: 'no input is in two of train, validation and test',
  hint: 'leave `identity` out, or make it tell apart all samples with different inputs',
  run(subject) {
    const seen = new Map<string, string>();
    return firstFinding(subject.samples(subject.open(), 4 * SAMPLES), ({ where, sample }) => {
      const [split = ''] = where.split(' ');
      const before = seen.get(contentOf(sample));
      seen.set(contentOf(sample), split);
      if (before === undefined || before === split) return undefined;
      return finding([`an input that is not in ${before}`, 'one that is'], where, splits.hint);
    });
  },
};

/** Whether an answer is the one that the sample has. */
function isRight(
  answer: Exclude<Answer, undefined>,
  { target, accepted }: ReturnType<typeof rightAnswers>[number],
) {
  if (typeof answer === 'number') return Math.abs(answer - target) <= 1e-3 * (1 + Math.abs(target));
  return answer.join() === accepted.join();
}

/** The first answer of the solver that is not the sample's, and how many it gave. */
function solved(source: TaskSource, sample: TaskSample): { readonly told: number; readonly fault?: Fault } {
  const { inputs, positions, latent } = sample;
  const answers = source.solve({ inputs, positions, ...(latent && { latent }) });
  if (answers.length !== positions.length) {
    return { told: 0, fault: [`${positions.length} answers, one a position`, String(answers.length)] };
  }
  const right = rightAnswers(source, sample);
  const off = answers.findIndex((answer, s) => {
    const own = right[s];
    return answer !== undefined && own !== undefined && !isRight(answer, own);
  });
  const told = answers.filter((answer) => answer !== undefined).length;
  if (off < 0) return { told };
  const wanted = right[off]?.accepted.join(' or ') || String(right[off]?.target);
  return { told, fault: [`${wanted} at position ${positions[off]}`, String(answers[off])] };
}

const solver: Check<TaskSubject> = {
  name: 'solver',
  title: 'the solver finds every answer that it gives, from the inputs alone',
  hint: 'solve() reads the answers off the inputs by plain code: where it is undefined, the inputs do not tell',
  async run(subject) {
    const source = subject.open();
    let told = 0;
    const wrong = await firstFinding(subject.samples(source, SAMPLES), ({ where, sample }) => {
      const found = solved(source, sample);
      told += found.told;
      return finding(found.fault, where, solver.hint);
    });
    if (wrong || told > 0) return wrong;
    return finding(['answers', 'undefined everywhere'], `${3 * SAMPLES} samples`, solver.hint);
  },
};

const lookAhead: Check<TaskSubject> = {
  name: 'no look ahead',
  title: 'an answer follows from the inputs up to its position: what comes later changes nothing',
  hint: 'ask at a position that stands after all that the answer needs; a model is causal',
  run(subject) {
    const source = subject.open();
    const { inputs: kind } = source.shape;
    const width = kind.kind === 'real' ? kind.width : 1;
    return firstFinding(subject.samples(source, SAMPLES), ({ where, sample }) => {
      const [first = 0] = sample.positions;
      const inputs = sample.inputs.slice().fill(0, (first + 1) * width);
      const { accepted, ...rest } = sample;
      const cut = {
        ...rest,
        inputs,
        positions: sample.positions.slice(0, 1),
        targets: sample.targets.slice(0, 1),
        ...(accepted && { accepted: accepted.slice(0, 1) }),
      };
      return finding(solved(source, cut).fault, `${where}, cut after position ${first}`, lookAhead.hint);
    });
  },
};

/** Mean scores and chance of one way to predict, by metric. */
function meanScores(
  subject: TaskSubject,
  predict: (source: TaskSource, right: ReturnType<typeof rightAnswers>[number]) => Float32Array,
) {
  const source = subject.open();
  const all = [...subject.samples(source, SAMPLES)].flatMap(({ sample }) => rightAnswers(source, sample));
  return source.metrics.map((metric) => {
    const mean = (of: (right: (typeof all)[number]) => number): number =>
      all.reduce((sum, right) => sum + of(right), 0) / all.length;
    return {
      metric,
      score: mean((right) => metric.of(predict(source, right), right)),
      chance: mean((right) => metric.chance(right, source.shape)),
    };
  });
}

const perfect: Check<TaskSubject> = {
  name: 'perfect score',
  title: 'the right answers score what each metric calls perfect',
  hint: 'metric.of(prediction, right) of a prediction that is even over `accepted`, or the target, is metric.perfect',
  run: (subject) =>
    firstFinding(
      meanScores(subject, (source, { accepted, target }) => evenOver(source, accepted, target)),
      ({ metric, score }) => {
        if (Math.abs(score - metric.perfect) <= 1e-5) return undefined;
        return finding([`${metric.perfect}`, score.toPrecision(5)], `metric ${metric.name}`, perfect.hint);
      },
    ),
};

/** A prediction of numbers that knows nothing is scored against a chance that is an expectation. */
const REAL_TOLERANCE = 0.4;

const chance: Check<TaskSubject> = {
  name: 'chance',
  title: 'what knows nothing scores the chance that is stated, and less than what is perfect',
  hint: 'chance is exact for guessing evenly over shape.outputs.candidates, or for predicting 0: state what can be right, no more',
  run(subject) {
    const { outputs } = subject.open().shape;
    const candidates = outputs.kind === 'classes' ? outputs.candidates : [];
    const scores = meanScores(subject, (source) => evenOver(source, candidates, 0));
    return firstFinding(scores, ({ metric, score, chance: stated }) => {
      const where = `metric ${metric.name}, ${3 * SAMPLES} samples`;
      const off = Math.abs(score - stated);
      const near = outputs.kind === 'real' ? REAL_TOLERANCE * Math.abs(stated) : 1e-5;
      if (!(off <= near)) {
        return finding(
          [`${stated.toPrecision(5)}, as chance() says`, score.toPrecision(5)],
          where,
          chance.hint,
        );
      }
      if (Math.abs(score - metric.perfect) > 1e-3) return undefined;
      return finding([`less than perfect`, score.toPrecision(5)], where, chance.hint);
    });
  },
};

/** Candidates so few that each must come up among the samples. */
const FEW = 10;

const candidates: Check<TaskSubject> = {
  name: 'candidates',
  title: 'every candidate is right somewhere, where there are few of them',
  hint: 'a candidate that is never right makes chance look lower than it is; leave it out of shape.outputs.candidates',
  run(subject) {
    const source = subject.open();
    const { outputs } = source.shape;
    if (outputs.kind === 'real' || outputs.candidates.length > FEW) return undefined;
    const seen = new Set<number>();
    for (const { sample } of subject.samples(source, SAMPLES)) {
      for (const { accepted } of rightAnswers(source, sample)) for (const c of accepted) seen.add(c);
    }
    const never = outputs.candidates.find((c) => !seen.has(c));
    if (never === undefined) return undefined;
    return finding(
      [`candidate ${never} to be right at times`, 'never'],
      `${3 * SAMPLES} samples`,
      candidates.hint,
    );
  },
};

const baselines: Check<TaskSubject> = {
  name: 'baselines',
  title: 'each baseline predicts every position, with a number a class',
  hint: 'a baseline gives a Float32Array of all classes (or one number) for each of positions',
  skip: (subject) => (subject.open().baselines ? undefined : 'the task has no baselines'),
  run(subject) {
    const source = subject.open();
    const { outputs } = source.shape;
    const size = outputs.kind === 'classes' ? outputs.classes : 1;
    const sample = source.sample('test', 0);
    return firstFinding(Object.entries(source.baselines ?? {}), ([name, run]) => {
      const given = run(sample);
      const fault: Fault | undefined =
        given.length !== sample.positions.length
          ? [`${sample.positions.length} predictions`, String(given.length)]
          : given.some((prediction) => prediction.length !== size)
            ? [`${size} numbers each`, String(given.find((each) => each.length !== size)?.length)]
            : undefined;
      return finding(fault, `baseline ${name}`, baselines.hint);
    });
  },
};

/** Every check of a task, in the order in which they are run. */
export const taskChecks: readonly Check<TaskSubject>[] = [
  presets,
  oneModel,
  samples,
  deterministic,
  splits,
  solver,
  lookAhead,
  perfect,
  chance,
  candidates,
  baselines,
];
