import { Rng } from '../../src/core/rng.js';
import { openTrainedModel, type TrainedModel } from '../../eval/index.js';
import { saveUntrainedRun } from '../support/untrainedRun.js';

/** A run, opened, whose weights are then all far from where training starts. */
export async function randomRun(folder: string, sets: readonly string[]): Promise<TrainedModel> {
  const { path } = await saveUntrainedRun(folder, sets);
  const trained = await openTrainedModel(path);
  const rng = Rng.fromSeed(5);
  const weights = trained.model.weights.map(({ name, shape, variable }) => {
    const centre = /[nN]orm(\.gain)?$/.test(name) ? 1 : 0;
    const data = Float32Array.from({ length: variable.size }, () => centre + 0.3 * rng.normal());
    return [name, { shape, data }] as const;
  });
  trained.model.loadWeights(new Map(weights));
  return trained;
}
