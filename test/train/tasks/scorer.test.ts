import { describe, expect, it } from 'vitest';
import { openTask, tasks, type Answer, type TaskSource } from '../../../data/index.js';
import { tf, type Tensor } from '../../../src/core/tf.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { Model } from '../../../src/model/model.js';
import { createScorer } from '../../../train/tasks/scorer.js';

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
