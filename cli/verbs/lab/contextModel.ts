import { join } from 'node:path';
import { conditioningInputs, type ConditioningTrial } from '../../../data/index.js';
import type { Respond } from '../../../eval/lab/index.js';
import { NonFiniteError } from '../../../src/core/errors.js';
import { tf, type Tensor } from '../../../src/core/tf.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { TaskModel } from '../../../src/model/taskModel.js';
import type { TaskRunConfig, TaskRunResult } from '../../../train/index.js';

/** A model that was trained on trials of conditioning, and what it expects of others. */
export interface ContextLearner {
  readonly result: TaskRunResult;
  readonly respond: Respond;
  dispose(): Promise<void>;
}

export interface ContextTraining {
  readonly config: TaskRunConfig;
  readonly onStep: (step: number, steps: number) => void;
  readonly signal: AbortSignal;
  /** Where the run is kept, and found again; nowhere unless given. */
  readonly folder?: string;
}

/** Rows presented at once; the last ones are filled up, so that one graph serves all. */
const ROWS = 64;

/** Presents rows of trials to a model and reads its answer at the first token of each trial. */
function responder(
  engine: Engine,
  model: TaskModel,
): { readonly respond: Respond; readonly dispose: () => Promise<void> } {
  const compiled = engine.compile(
    (...[inputs, positions]: readonly [Tensor, Tensor]): Tensor => model.answers(inputs, positions),
    { variables: model.variables, name: 'responses' },
  );
  const ask = async (
    rows: readonly (readonly ConditioningTrial[])[],
    trials: number,
  ): Promise<number[][]> => {
    const width = (rows[0]?.[0]?.cues.length ?? 0) + 2;
    const inputs = new Float32Array(ROWS * 2 * trials * width);
    for (const [i, row] of rows.entries()) inputs.set(conditioningInputs(row), i * 2 * trials * width);
    const asked = Int32Array.from({ length: ROWS * trials }, (_, i) => 2 * i);
    const question: [Tensor, Tensor] = [
      tf.tensor3d(inputs, [ROWS, 2 * trials, width]),
      tf.tensor1d(asked, 'int32'),
    ];
    const answers = await compiled(...question);
    const values = answers.dataSync();
    tf.dispose([answers, ...question]);
    return rows.map((row, i) => row.map((_, t) => values[i * trials + t] ?? NaN));
  };
  return {
    respond: async (rows) => {
      const trials = Math.max(...rows.map((row) => row.length));
      const responses: number[][] = [];
      for (let from = 0; from < rows.length; from += ROWS) {
        responses.push(...(await ask(rows.slice(from, from + ROWS), trials)));
      }
      return responses;
    },
    dispose: async () => compiled.dispose(),
  };
}

/**
 * Trains one model on the task, or takes it from its folder; nothing where it was interrupted.
 *
 * @throws NonFiniteError where the training diverged.
 */
export async function trainContextLearner(training: ContextTraining): Promise<ContextLearner | undefined> {
  const { config, signal, onStep, folder } = training;
  const { engineOptionsOf, trainOnTask } = await import('../../../train/index.js');
  const { createEngine } = await import('../../../src/engine/createEngine.js');
  const engine = await createEngine(engineOptionsOf(config));
  const { model, result } = await trainOnTask(config, {
    engine,
    clock: Date.now,
    signal,
    onEvent: (event) => {
      if (event.type === 'step') onStep(event.step, Math.round(event.step / event.progress));
    },
    ...(folder !== undefined && { folder: join(folder, `model-seed-${config.seed}`) }),
  });
  const { respond, dispose } = responder(engine, model);
  const release = async (): Promise<void> => {
    await dispose();
    model.dispose();
    await engine.dispose();
  };
  if (result.status === 'done' || result.status === 'solved') return { result, respond, dispose: release };
  await release();
  if (result.status === 'interrupted') return undefined;
  throw new NonFiniteError(result.fault ?? `lab: the training of seed ${config.seed} diverged`);
}
