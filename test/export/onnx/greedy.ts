import { decodeGraph } from '../../../export/onnx/decodeGraphs.js';
import { exportedStates, type StateLayout } from '../../../export/onnx/states.js';
import { createEngine } from '../../../src/engine/createEngine.js';
import { encodeModel } from '../../../src/engine/graph/onnx/encodeModel.js';
import type { ModelOptions } from '../../../src/model/config.js';
import { Decoder } from '../../../src/model/decode.js';
import { drawTokens } from '../../../src/model/draw.js';
import { Model } from '../../../src/model/model.js';
import { Rng } from '../../../src/core/rng.js';
import { expect } from 'vitest';
import { runExport } from './runExport.js';

const small = {
  width: 16,
  layers: 2,
  heads: 2,
  keySize: 8,
  valueSize: 6,
  mlpWidth: 16,
  chunkSize: 4,
} as const;

/** With a table of its own to read out: else each token, which the one table also reads out, follows itself. */
const apart = {
  inputs: { kind: 'tokens', vocabularySize: 40 },
  outputs: { kind: 'classes', classes: 39 },
} as const;

/** One table at both ends, as language models have. */
export const tied = { vocabularySize: 40 } as const;

type Settings = Pick<ModelOptions, 'rule' | 'gate'> & Partial<ModelOptions>;

/** Ends no text, so that all tokens are drawn. */
const NEVER = -1;
const PROMPT = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];

/** A small model with weights far from where training starts, so that states and signals matter. */
export function smallModel(options: Settings, ends: object = apart): Model {
  const model = Model.create({ ...small, ...ends, ...options }, 1);
  const rng = Rng.fromSeed(9);
  // Nothing holds the stream of a mixer that stands in no block.
  const deviation = options.mlpWidth === 0 ? 0.15 : 0.4;
  const values = model.weights.map(({ name, shape }) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const near1 = /[nN]orm$/.test(name);
    const data = Float32Array.from({ length: size }, () => (near1 ? 1 : 0) + deviation * rng.normal());
    return [name, { shape, data }] as const;
  });
  model.loadWeights(new Map(values));
  return model;
}

/** Index of the largest, the first of equals. */
const best = (logits: Float32Array): number => logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));

/**
 * Checks that exported graphs, run by ONNX Runtime, draw greedily the tokens that `generate` draws, with logits to 1e-4
 * of the decoder's (of the largest one, if that is above 1), after a prompt of two chunks and a rest.
 */
export async function expectSameTokens(
  options: Settings,
  count: number,
  layout: StateLayout = 'apart',
): Promise<void> {
  const model = smallModel(options);
  const engine = await createEngine({ threads: 1 });
  const cacheLength = PROMPT.length + count;
  const decoder = Decoder.create(engine, model, 1, { cacheLength });
  const states = exportedStates(model, layout, cacheLength);
  const running = await runExport(
    {
      decode: encodeModel(decodeGraph(model, 'decode', states), 'decode'),
      prefill: encodeModel(decodeGraph(model, 'prefill', states), 'prefill'),
    },
    states,
  );
  try {
    const own: number[] = [];
    const sampling = { temperature: 0 };
    const rng = Rng.fromSeed(0);
    const drawing = { context: PROMPT, endOfText: NEVER, tokens: count, sampling, rng };
    for await (const id of drawTokens(decoder, drawing)) own.push(id);
    await decoder.reset();
    const drawn: number[] = [];
    let worst = 0;
    for (let i = 0; i < count; i++) {
      const last = drawn.at(-1);
      const ids = last === undefined ? PROMPT : [last];
      const [wanted, got] = [
        await decoder.next(Int32Array.from(ids)),
        await running.read(last === undefined ? 'prefill' : 'decode', ids),
      ];
      const size = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
      worst = Math.max(worst, ...wanted.map((x, n) => Math.abs(x - (got[n] ?? NaN)) / size));
      drawn.push(best(got));
    }
    expect(drawn).toEqual(own);
    expect(new Set(drawn).size).toBeGreaterThan(1);
    expect(worst).toBeLessThan(1e-4);
  } finally {
    await running.release();
    await decoder.dispose();
    await engine.dispose();
    model.dispose();
  }
}
