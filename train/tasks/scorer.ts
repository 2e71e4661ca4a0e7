import {
  batchOf,
  ScoreSheet,
  type MetricScore,
  type TaskBatch,
  type TaskSource,
  type TaskSplit,
} from '../../data/index.js';
import { tf, type Tensor } from '../../src/core/tf.js';
import type { Engine } from '../../src/engine/engine.js';
import type { TaskModel } from '../../src/model/taskModel.js';
import { questionTensors } from './objective.js';

/** Most tokens, and most numbers of answers, in one pass. */
const MOST_TOKENS = 2 ** 15;
const MOST_ANSWERS = 2 ** 23;

/** The first samples of a split. */
export interface ScoreRequest {
  readonly source: TaskSource;
  readonly split: TaskSplit;
  readonly samples: number;
  /** Hears how many samples are done. */
  readonly onProgress?: (samples: number) => void;
}

/** Scores samples with a model as its weights are in the engine. */
export interface Scorer {
  score(request: ScoreRequest): Promise<Readonly<Record<string, MetricScore>>>;
  dispose(): Promise<void>;
}

/** Numbers an answer. */
export function answerSize({ shape: { outputs } }: TaskSource): number {
  return outputs.kind === 'classes' ? outputs.classes : 1;
}

function rowsFor(source: TaskSource, samples: number): number {
  const { sequenceLength, scored } = source.shape;
  const most = Math.min(MOST_TOKENS / sequenceLength, MOST_ANSWERS / (scored * answerSize(source)));
  return Math.max(1, Math.min(samples, Math.floor(most)));
}

/**
 * Makes the function that scores a task model; answers are made only where they are asked.
 *
 * State: reads the weights that live in the engine, so it may be called between updates.
 * @throws NonFiniteError (when called) for an answer that is NaN.
 */
export function createScorer(engine: Engine, model: TaskModel): Scorer {
  const compiled = engine.compile(
    (...[inputs, positions]: readonly [Tensor, Tensor]): Tensor => model.answers(inputs, positions),
    { variables: model.variables, name: 'answers' },
  );
  const answersOf = async (batch: TaskBatch): Promise<Float32Array> => {
    const question = questionTensors(batch);
    try {
      const answers = await compiled(...question);
      const values = answers.dataSync() as Float32Array; // logits and numbers are float32
      answers.dispose();
      return values;
    } finally {
      tf.dispose(question);
    }
  };
  return {
    score: async ({ source, split, samples, onProgress }) => {
      const sheet = new ScoreSheet(source);
      const rows = rowsFor(source, samples);
      const perRow = source.shape.scored * answerSize(source);
      for (let from = 0; from < samples; from += rows) {
        // The last pass has the shape of the others, so that nothing is compiled for it; more is made than scored.
        const batch = batchOf(source, { split, from, batchSize: rows });
        const answers = await answersOf(batch);
        const left = Math.min(rows, samples - from);
        const scored = left === rows ? batch : batchOf(source, { split, from, batchSize: left });
        sheet.add(scored, answers.subarray(0, left * perRow));
        onProgress?.(from + left);
      }
      return sheet.result;
    },
    dispose: async () => compiled.dispose(),
  };
}
