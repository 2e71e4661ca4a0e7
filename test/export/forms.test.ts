import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainedModel } from '../../eval/index.js';
import { exportModel, exportTargets } from '../../export/index.js';
import { decodeTensors } from '../../src/checkpoint/format.js';
import { tf } from '../../src/core/tf.js';
import { temporaryFolder } from '../support/folder.js';
import '../support/close.js';
import { randomRun } from './randomRun.js';

const folder = temporaryFolder();
let trained: TrainedModel;
beforeAll(async () => {
  trained = await randomRun(join(folder, 'run'), [
    'model.signalBias=false',
    'model.rule=delta',
    'model.layers=2',
  ]);
});

const json = (...names: string[]): unknown => JSON.parse(readFileSync(join(folder, ...names), 'utf8'));

describe('exportModel', () => {
  it('writes a README of every form', async () => {
    for (const name of Object.keys(exportTargets)) {
      const { files } = await exportModel(trained, name, join(folder, name));
      expect(files.map(({ path }) => path)).toContain('README.md');
      expect(readFileSync(join(folder, name, 'README.md'), 'utf8')).toContain(`--to ${name}\``);
    }
  });

  it('writes safetensors under the names of a checkpoint', () => {
    const bytes = readFileSync(join(folder, 'safetensors/model.safetensors'));
    const { tensors } = decodeTensors(bytes, 'the file');
    expect([...tensors.keys()].sort()).toEqual(trained.model.weights.map(({ name }) => name).sort());
    for (const { name, variable } of trained.model.weights) {
      expect(tensors.get(name)?.data).toEqual(variable.dataSync());
    }
  });

  it('writes a tf.LayersModel that gives the logits of the sample', async () => {
    const { modelTopology, weightsManifest } = json('tfjs', 'model.json') as tf.io.ModelJSON;
    const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
    const weightData = Uint8Array.from(readFileSync(join(folder, 'tfjs/weights.bin'))).buffer;
    const artifacts = { modelTopology, weightSpecs, weightData };
    const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
    const { ids, logits } = json('tfjs', 'sample.json') as { ids: number[]; logits: number[] };
    const all = model.predict(tf.tensor2d([ids], [1, ids.length], 'int32')) as tf.Tensor3D;
    const last = tf.reshape(tf.slice(all, [0, ids.length - 1, 0], [1, 1, -1]), [-1]);
    expect(last).toBeAllClose(logits, { rtol: 1e-4, atol: 1e-4 });
    model.dispose();
  });
});
