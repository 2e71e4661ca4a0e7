import { describe, expect, it } from 'vitest';
import { encodeTensors, float32, type StoredTensors } from '../../src/checkpoint/format.js';
import { Rng } from '../../src/core/rng.js';
import { tf } from '../../src/core/tf.js';
import * as runtime from '../../src/engine/graph/onnxRuntime.js';
import { prefill } from '../../src/model/decode.js';
import type { Model } from '../../src/model/model.js';
import { PlayModel, replay, withCheckpoint } from '../../web/index.js';
import '../support/close.js';
import { playSource, readerOf } from './playRun.js';

const ids = [3, 1, 4, 1, 5];

/** The weights of a model as a checkpoint has them. */
function stored({ weights }: Model): StoredTensors {
  return new Map(
    weights.map(
      ({ name, shape, variable }) => [name, float32(shape, variable.dataSync<'float32'>())] as const,
    ),
  );
}

describe('an export with the weights of a checkpoint', () => {
  it('computes what the model of the checkpoint does', async () => {
    const source = playSource({ rule: 'delta', gate: 'scalar' });
    const read = readerOf([source]);
    const { model } = source;
    const rng = Rng.fromSeed(11);
    const values = model.weights.map(({ name, shape, variable }) => {
      return [name, { shape, data: rng.normals(variable.size, 0.3) }] as const;
    });
    model.loadWeights(new Map(values));
    const play = await PlayModel.load(runtime, withCheckpoint(read, encodeTensors(stored(model))));
    const steps = await replay(play, ids);
    const logits = tf.tidy(() => prefill(model, tf.tensor2d(ids, [1, ids.length], 'int32')).logits);
    expect(steps.at(-1)!.logits).toBeAllClose(logits.dataSync(), { rtol: 1e-4, atol: 1e-5 });
    expect((await play.shares(steps, 1)).shares).toHaveLength(2);
    await play.dispose();
    logits.dispose();
    model.dispose();
  });

  it('is refused for weights of another model, and for other bytes', async () => {
    const source = playSource({ rule: 'delta', gate: 'scalar' });
    const read = readerOf([source]);
    const own = new Map(stored(source.model));
    const graph = (tensors: StoredTensors) =>
      withCheckpoint(read, encodeTensors(tensors))('runs/delta/play.onnx');
    const [first = ''] = own.keys();
    const size = own.get(first)!.data.byteLength;
    const more = new Map([...own, ['layers.9.mlp.up', float32([1], Float32Array.of(1))] as const]);
    await expect(graph(more)).rejects.toThrow(
      "weights: expected no bytes of 'layers.9.mlp.up', as the exported model has, got 4; export the checkpoint itself",
    );
    const longer = new Map([...own, [first, float32([1], Float32Array.of(1))] as const]);
    await expect(graph(longer)).rejects.toThrow(`weights: expected ${size} bytes of '${first}'`);
    own.delete(first);
    await expect(graph(own)).rejects.toThrow(`bytes of '${first}', as the exported model has, got none`);
    expect(() => withCheckpoint(read, Uint8Array.of(1))).toThrow(
      'weights.safetensors: expected a safetensors file',
    );
    const damaged = withCheckpoint(async () => Uint8Array.of(58, 99, 1), encodeTensors(stored(source.model)));
    await expect(damaged('play.onnx')).rejects.toThrow('graph: expected an ONNX file, got other bytes');
    source.model.dispose();
  });
});
