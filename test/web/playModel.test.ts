import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { playFiles } from '../../export/index.js';
import { tf } from '../../src/core/tf.js';
import * as runtime from '../../src/engine/graph/onnxRuntime.js';
import { decodeStep, initDecodeState } from '../../src/model/decode.js';
import { PlayModel, replay } from '../../web/index.js';
import { randomRun } from '../export/randomRun.js';
import '../support/close.js';
import { temporaryFolder } from '../support/folder.js';

const folder = temporaryFolder();
const ids = [256, 3, 1, 4, 1, 5, 9, 2, 6];

describe('a run of a play folder', () => {
  it.each(['hebbian', 'delta'])('gives the logits of the model: %s', async (rule) => {
    const trained = await randomRun(join(folder, rule), [`model.rule=${rule}`, 'model.layers=2']);
    const files = new Map((await playFiles([trained])).map(({ path, content }) => [path, content]));
    const model = await PlayModel.load(runtime, async (name) => {
      const content = files.get(name)!;
      return typeof content === 'string' ? new TextEncoder().encode(content) : content;
    });
    const steps = await replay(model, ids);
    let state = initDecodeState(trained.model, 1);
    for (const [t, id] of ids.entries()) {
      const wanted = decodeStep(trained.model, tf.tensor1d([id], 'int32'), state);
      expect(steps[t]?.logits).toBeAllClose(wanted.logits.dataSync(), { rtol: 1e-5, atol: 1e-5 });
      state = wanted.state;
    }
    expect(model.facts).toMatchObject({ rule, layers: [{ layer: 0, heads: 2 }, { layer: 1 }] });
    await model.dispose();
  });
});
