import { describe, expect, it } from 'vitest';
import pearceHall from '../../../examples/pearceHall.js';
import { decodeGraph } from '../../../export/onnx/decodeGraphs.js';
import { exportedStates } from '../../../export/onnx/states.js';
import { encodeModel } from '../../../src/engine/graph/onnx/encodeModel.js';
import { Model } from '../../../src/model/model.js';
import type { LearningRule } from '../../../src/rules/contract.js';
import { registerRule, rules } from '../../../src/rules/registry.js';
import '../../support/close.js';
import { expectSameTokens, smallModel, tied } from './greedy.js';
import { runExport } from './runExport.js';

describe('an exported graph', () => {
  it.each([
    { rule: 'delta', gate: 'scalar' },
    { rule: 'bcm', gate: 'channel', momentumShift: true, keyShift: true },
    { rule: 'oja-unit', gate: 'fixed', mixer: 'linear', mlpWidth: 0, lateWrites: true } as const,
    { rule: 'delta', gate: 'scalar', updateEvery: 3 },
    {
      rule: 'delta',
      gate: 'none',
      mixer: ['local-linear', 'gated-associative'] as string[],
      keyValueHeads: 1,
    },
    { rule: 'delta', gate: 'scalar', mixer: ['conditioning', 'softmax'] as string[], keyValueHeads: 1 },
  ])('draws what generate draws: $rule $gate $mixer', async (options) => {
    await expectSameTokens(options, 40);
  });

  it('draws the same with the fields of a state in one tensor', async () => {
    await expectSameTokens({ rule: 'bcm', gate: 'scalar', momentumShift: true }, 20, 'together');
  });

  it('begins as zeros where a memory does not', async () => {
    const { name } = registerRule(pearceHall);
    try {
      await expectSameTokens({ rule: name, gate: 'scalar' }, 20);
      await expectSameTokens({ rule: name, gate: 'scalar' }, 20, 'together');
    } finally {
      delete (rules as Record<string, LearningRule>)['pearce-hall'];
    }
  });

  it('reads a prompt of any length, in any parts', async () => {
    const model = smallModel({ rule: 'delta', gate: 'scalar' });
    const states = exportedStates(model, 'apart', 16);
    const running = await runExport(
      {
        decode: encodeModel(decodeGraph(model, 'decode', states), 'decode'),
        prefill: encodeModel(decodeGraph(model, 'prefill', states), 'prefill'),
      },
      states,
    );
    const ids = Array.from({ length: 13 }, (_, i) => (7 * i) % 40);
    let wanted = new Float32Array();
    for (const id of ids) wanted = Float32Array.from(await running.read('decode', [id]));
    for (const lengths of [[13], [1, 12], [4, 4, 5], [3, 2, 8]]) {
      running.reset();
      let [from, got] = [0, new Float32Array()];
      for (const length of lengths) {
        got = Float32Array.from(await running.read('prefill', ids.slice(from, from + length)));
        from += length;
      }
      expect(got).toBeAllClose(wanted, { rtol: 1e-4, atol: 1e-5 });
    }
    await running.release();
    model.dispose();
  });

  it('names the weights as a checkpoint does, each once', () => {
    const model = smallModel({ rule: 'delta', gate: 'scalar' }, tied);
    const { constants } = decodeGraph(model, 'prefill', exportedStates(model, 'apart', 16));
    const names = constants.map(({ name }) => name).filter((name) => name.includes('.'));
    expect(names).toEqual(model.weights.map(({ name }) => name));
    model.dispose();
  });

  it('is refused for a model that reads no tokens', () => {
    const model = Model.create(
      {
        width: 8,
        layers: 1,
        heads: 1,
        keySize: 4,
        valueSize: 4,
        mlpWidth: 0,
        rule: 'delta',
        gate: 'none',
        inputs: { kind: 'real', width: 3 },
        outputs: { kind: 'real' },
      },
      1,
    );
    expect(() => decodeGraph(model, 'decode', exportedStates(model, 'apart', 4))).toThrow(
      'export: expected a model that reads and predicts tokens, got another',
    );
    model.dispose();
  });
});
