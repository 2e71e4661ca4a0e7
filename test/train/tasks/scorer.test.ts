import { describe, expect, it, vi } from 'vitest';
import { openTask, tasks, type Answer, type TaskSource } from '../../../data/index.js';
import { tf, type Tensor } from '../../../src/core/tf.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { Model } from '../../../src/model/model.js';
import { openParts } from '../../../train/tasks/parts.js';
import { createScorer, createTaskValidator } from '../../../train/tasks/scorer.js';
import { microConfig } from './microTask.js';

type Answering = (answers: readonly Answer[], s: number, size: number) => number[];

/**
 * An engine whose compiled function knows the samples: it answers, for the rows it is given in order, by a rule of
 * the solver's answers.
 */
function knowing(source: TaskSource, answer: Answering): Engine {
  const { shape } = source;
  const size = shape.outputs.kind === 'classes' ? shape.outputs.classes : 1;
  let next = 0;
  const compiled = async (inputs: Tensor): Promise<Tensor> => {
    const rows = Array.from({ length: inputs.shape[0] }, () => source.solve(source.sample('test', next++)));
    const values = rows.flatMap((answers) =>
      Array.from({ length: shape.scored }, (_, s) => answer(answers, s, size)).flat(),
    );
    return tf.tensor2d(values, [rows.length * shape.scored, size]);
  };
  const engine = { compile: () => Object.assign(compiled, { dispose: async () => undefined }) };
  return engine as unknown as Engine; // only `compile` is used
}

const solved: Answering = (answers, s, size) => {
  const answer = answers[s];
  if (typeof answer === 'number') return [answer];
  return Array.from({ length: size }, (_, c) => (answer?.includes(c) === true ? 1 : -50));
};

const nothing: Answering = (_answers, _s, size) => Array<number>(size).fill(0);

/** Settings under which the solver knows every answer. */
const small = Object.values(tasks).map((task) => {
  const { settings, test } = task.presets.smoke;
  return [task.name, openTask(task, { ...settings, ...test[0]?.settings }, 3)] as const;
});

describe.each(small)('scoring %s', (_name, source) => {
  const model = { variables: [] } as unknown as Model; // the engine above asks no model
  const score = async (answer: Answering) =>
    createScorer(knowing(source, answer), model).score({ source, split: 'test', samples: 7 });

  it('gives the solver a perfect score', async () => {
    for (const { name, perfect } of source.metrics) {
      expect((await score(solved))[name]!.mean).toBeCloseTo(perfect, 4);
    }
  });

  it('gives a model that knows nothing what chance is', async () => {
    const scores = await score(nothing);
    const { outputs } = source.shape;
    const uniformOverAll = outputs.kind === 'real' || outputs.candidates.length === outputs.classes;
    for (const { name } of source.metrics) {
      const { mean, chance, n } = scores[name]!;
      expect(n).toBeGreaterThanOrEqual(7);
      if (outputs.kind === 'real') expect(mean).toBeGreaterThan(0);
      // Ties are shared among all classes, of which only the candidates can be right.
      else if (name === 'accuracy') {
        expect(mean).toBeCloseTo((chance * outputs.candidates.length) / outputs.classes, 6);
      } else if (uniformOverAll) expect(mean).toBeCloseTo(chance, 6);
    }
  });
});

it('draws the validation samples of a training once', async () => {
  const config = await microConfig('induction');
  const [part] = openParts(config, 'validation');
  const task = tasks.induction!;
  const open = task.open.bind(task);
  let draws = 0;
  vi.spyOn(task, 'open').mockImplementation((...given) => {
    const { draw, ...opened } = open(...given);
    return { ...opened, draw: (rng) => (draws++, draw(rng)) };
  });
  const model = { variables: [] } as unknown as Model; // as above
  const validator = createTaskValidator(config, createScorer(knowing(part!.source, nothing), model));
  const first = await validator.validate(false, {});
  const drawn = draws;
  expect(drawn).toBeGreaterThan(0);
  expect(await validator.validate(true, {})).toEqual(first);
  expect(draws).toBe(drawn);
  vi.restoreAllMocks();
});
