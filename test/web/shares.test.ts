import { describe, expect, it } from 'vitest';
import { type Change, replay } from '../../web/index.js';
import '../support/close.js';
import { expectAsProbe } from './memoryProbe.js';
import { playRun } from './playRun.js';

const ids = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];

describe('what read-outs owe to each token', () => {
  it.each([
    { rule: 'delta', gate: 'scalar', keyValueHeads: 1 },
    { rule: 'delta-product', gate: 'channel', mixer: 'linear', mlpWidth: 0 },
    { rule: 'bcm', gate: 'none' },
  ] as const)('is what the memory probe finds: $rule, $gate', (options) => expectAsProbe(options));

  it('is, for a rule linear in the values, what blocking the write takes away, under changes and a patch too', async () => {
    const { model, play } = await playRun({ rule: 'hebbian', gate: 'scalar' });
    const other = (await replay(play, [8, 8, 7])).at(-1)!.state;
    const patches = [{ before: 6, layer: 0, memory: 1, from: other }];
    const changes: Readonly<Record<number, Change>> = {
      2: { 0: { write: [0.5, 1], signals: { beta: [1, 2] } } },
      4: { 0: { decay: [3, 1] } },
    };
    const steps = await replay(play, ids, { patches, changeAt: (t) => changes[t] });
    const { shares, strengths } = await play.shares(steps, 0);
    for (const s of [0, 2, 7]) {
      const blocked: Change = { 0: { ...changes[s]?.[0], write: [0, 0] } };
      const without = await replay(play, ids, { patches, changeAt: (t) => (t === s ? blocked : changes[t]) });
      for (let t = s; t < ids.length; t++) {
        const [whole, rest] = [steps, without].map((all) => all[t]!.layers[0]!.read);
        for (const head of [0, 1]) {
          const own = (x: Float32Array): number[] => [...x.subarray(6 * head, 6 * head + 6)];
          const effect = own(whole!).map((x, i) => x - own(rest!)[i]!);
          expect(strengths[head]![t]![s]).toBeCloseTo(Math.hypot(...effect), 5);
          if (head === 1 && s < 6 && t >= 6) expect(shares[head]![t]![s]).toBe(0);
        }
      }
    }
    await play.dispose();
    model.dispose();
  });

  it('is asked of steps from a start', async () => {
    const { model, play } = await playRun({ rule: 'delta', gate: 'scalar' });
    const steps = await replay(play, ids);
    await expect(play.shares(steps.slice(2), 0)).rejects.toThrow(
      'shares: expected steps from the start of a text or a restored state, got later ones',
    );
    await expect(play.shares(steps, 5)).rejects.toThrow(
      'play: expected a layer with memories (0 | 1), got 5',
    );
    play.restore(steps[3]!.state);
    const rest = [await play.step(5), await play.step(9)];
    expect((await play.shares(rest, 1)).shares[0]!.map((row) => row.length)).toEqual([1, 2]);
    await play.dispose();
    model.dispose();
  });
});
