import { expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/createEngine.js';
import {
  engineOptionsOf,
  loadTaskRun,
  resolveTaskConfig,
  testOnTask,
  trainRun,
} from '../../../train/index.js';
import { temporaryFolder } from '../../support/folder.js';

it('learns to recall pairs in seconds, on samples it has not seen', async () => {
  const config = await resolveTaskConfig({
    task: 'mqar',
    sets: [
      ...['task.settings.vocabulary=24', 'task.settings.length=12', 'task.settings.pairs=2'],
      ...['model.width=32', 'model.keySize=32', 'model.valueSize=32', 'model.chunkSize=16'],
      ...['train.batchSize=32', 'train.samples=8000', 'train.evalEvery=50', 'train.stopAt=0.97'],
      ...['optimizer.learningRate=0.02', 'engine.threads=1'],
    ],
  });
  const out = temporaryFolder();
  const result = await trainRun({ config: { ...config, out }, clock: () => 0 });
  const { model } = await loadTaskRun(out);
  const engine = await createEngine(engineOptionsOf(config));
  const [score] = await testOnTask(model, config, { engine });
  expect(result.validation?.score).toBeGreaterThan(0.9);
  expect(score?.chance).toBeCloseTo(1 / 12, 5);
  expect(score?.mean).toBeGreaterThan(0.85);
  expect(Math.max(...score!.baselines.map(({ mean }) => mean))).toBeLessThan(0.6);
  model.dispose();
  await engine.dispose();
});
