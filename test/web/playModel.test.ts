import { describe, expect, it } from 'vitest';
import * as runtime from '../../src/engine/graph/onnxRuntime.js';
import { PlayModel, readPlayFolder, replay } from '../../web/index.js';
import '../support/close.js';
import { expectAsEager } from './eagerChange.js';
import { playRun, playSource, readerOf } from './playRun.js';

const ids = [3, 1, 4, 1, 5];

describe('a run of a play folder', () => {
  it.each([
    { rule: 'delta', gate: 'scalar' },
    { rule: 'hebbian', gate: 'channel', mixer: ['conditioning', 'softmax'] as string[] },
    { rule: 'gated-delta-2', gate: 'channel' },
    { rule: 'titans', gate: 'scalar', mixer: 'linear', mlpWidth: 0 },
  ] as const)('gives under changes what TensorFlow.js gives: $rule, $gate, $mixer', (options) =>
    expectAsEager(options),
  );

  it('shows what the memories were given and hold', async () => {
    const { model, play } = await playRun({ rule: 'delta', gate: 'channel', keyValueHeads: 1 });
    const [first, second] = await replay(play, ids, {
      changeAt: (t) => (t === 1 ? { 0: { signals: { beta: [0.5] } } } : undefined),
    });
    const [, unchanged] = await replay(play, ids);
    expect(play.facts).toMatchObject({
      name: 'delta',
      step: 7,
      parameters: model.parameterCount,
      layers: [
        { layer: 0, heads: 2, memories: 1, keySize: 8, valueSize: 6, signals: ['beta'], hasDecay: true },
        { layer: 1 },
      ],
    });
    const view = first!.layers[0]!;
    const [k, v, beta] = [view.k, view.v, view.signals.beta!];
    // The first write of a delta rule into an empty memory is beta v k^T.
    const written = view.S.map((_, i) => beta[0]! * v[Math.floor(i / 8)]! * k[i % 8]!);
    expect(view.S).toBeAllClose(written, { rtol: 1e-5, atol: 1e-6 });
    expect(view.decay).toHaveLength(8);
    expect(view.read).toHaveLength(12);
    expect(second!.layers[0]!.signals.beta![0]).toBeCloseTo(unchanged!.layers[0]!.signals.beta![0]! / 2, 6);
    expect(first!.start?.count).toBe(0);
    expect(second!.start).toBeUndefined();
    await play.dispose();
    model.dispose();
  });

  it('goes on from the state of a step', async () => {
    const { model, play } = await playRun({ rule: 'bcm', gate: 'scalar' });
    const steps = await replay(play, ids);
    play.restore(steps[1]!.state);
    const again = await play.step(ids[2]!);
    expect(again.logits).toEqual(steps[2]!.logits);
    expect(play.tokensRead).toBe(3);
    expect(again.start?.count).toBe(2);
    await play.dispose();
    model.dispose();
  });

  it('says what does not fit, and stays where it is', async () => {
    const { model, play } = await playRun({ rule: 'delta', gate: 'none' });
    const steps = await replay(play, ids);
    const faults = [
      [-1, {}, 'step: expected a token below 257, got -1'],
      [300, {}, 'step: expected a token below 257, got 300'],
      [1, { 7: {} }, 'play: expected a layer with memories (0 | 1), got 7'],
      [1, { 0: { read: [1] } }, 'change.0.read: expected 2 finite numbers, got [1]'],
      [1, { 1: { write: [1, NaN] } }, 'change.1.write: expected 2 finite numbers, got [1, NaN]'],
      [1, { 0: { signals: { eta: [1, 1] } } }, "change.0.signals: expected beta, got 'eta'"],
      [1, { 0: { decay: [0, 0] } }, 'change.0.decay: expected nothing, since the memories do not forget'],
    ] as const;
    for (const [id, change, message] of faults) await expect(play.step(id, change)).rejects.toThrow(message);
    expect(() => play.patch(0, 2, steps[0]!.state)).toThrow('patch: expected a memory from 0 to 1, got 2');
    expect(() => play.patch(0, 0, { count: 1, values: [] })).toThrow('patch: expected a state of this model');
    expect(() => play.restore({ count: 1, values: [] })).toThrow('restore: expected a state of this model');
    expect((await play.step(9)).logits).toEqual((await replay(play, [...ids, 9])).at(-1)!.logits);
    await play.dispose();
    model.dispose();
  });

  it('is one of several by its name', async () => {
    const sources = [
      playSource({ rule: 'delta', gate: 'none' }),
      playSource({ rule: 'hebbian', gate: 'none' }),
    ];
    const read = readerOf(sources);
    expect((await readPlayFolder(read)).runs.map(({ name }) => name)).toEqual(['delta', 'hebbian']);
    const play = await PlayModel.load(runtime, read, { run: 'hebbian' });
    expect(play.facts.rule).toBe('hebbian');
    await play.dispose();
    await expect(PlayModel.load(runtime, read, { run: 'oja' })).rejects.toThrow(
      "play: expected one of the runs delta | hebbian, got 'oja'",
    );
    const foreign = async () => new TextEncoder().encode('{"format":"x"}');
    await expect(readPlayFolder(foreign)).rejects.toThrow(
      "play.json: expected the runs of 'pavlov play' of version 1",
    );
    expect(() => readerOf([sources[0]!, sources[0]!])).toThrow(
      "play: expected runs of different names, got 'delta' twice; rename a folder",
    );
    for (const { model } of sources) model.dispose();
  });
});
