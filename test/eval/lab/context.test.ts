import { describe, expect, it } from 'vitest';
import { idealExpectations } from '../../../data/index.js';
import { familyExpectations } from '../../../eval/lab/context/family.js';
import { fitFamily } from '../../../eval/lab/context/fit.js';
import { contextSetting, present, type Respond } from '../../../eval/lab/context/presentation.js';
import { runContext, type ContextOptions } from '../../../eval/lab/context/runContext.js';
import { phenomena } from '../../../eval/lab/phenomena/registry.js';
import { LAB_SETTING } from '../../../eval/lab/setting.js';
import { resolveParams } from '../../../src/core/params.js';
import { Rng } from '../../../src/core/rng.js';
import { tf } from '../../../src/core/tf.js';
import { rules } from '../../../src/rules/registry.js';
import '../../support/close.js';
import { onWasm } from '../../support/wasm.js';

onWasm();

const law = { law: 'sum', noise: 0.5, keep: 0.98 } as const;
const setting = contextSetting(LAB_SETTING, 34);
const options: Omit<ContextOptions, 'learners'> = {
  law,
  cues: 4,
  rules: ['delta', 'hebbian'],
  setting,
  draws: 3,
  rng: Rng.fromSeed(1),
  phenomena: ['extinction', 'blocking', 'conditioned-inhibition', 'partial-reinforcement', 'reversal'],
};

/** A learner that is a member of a rule's family. */
function member(name: string, beta: number, decay: number): Respond {
  const rule = rules[name]!;
  const params = resolveParams(rule.params, {}, 'test');
  return (rows) => {
    const [own] = familyExpectations(rule, params, [{ beta, decay }], rows);
    return Promise.resolve(own!.map((row) => [...row]));
  };
}

describe('the family of a rule', () => {
  it('expects what Rescorla and Wagner do, before each trial', () => {
    const params = resolveParams(rules.delta!.params, {}, 'test');
    const row = [1, 1, 1].map((us) => ({ cues: [1, 0], us }));
    const compound = [...row, { cues: [1, 1], us: 0 }, { cues: [0, 1], us: 0 }];
    const members = [
      { beta: 0.5, decay: 1 },
      { beta: 0.25, decay: 0.8 },
    ];
    const before = tf.memory().numTensors;
    const [plain, decaying] = familyExpectations(rules.delta!, params, members, [compound, row]);
    expect(tf.memory().numTensors).toBe(before);
    expect([...plain![0]!]).toBeAllClose([0, 0.5, 0.75, 0.875, -0.4375], { rtol: 1e-6, atol: 0 });
    // V <- 0.8 V (1 - b) + b
    expect([...decaying![1]!]).toBeAllClose([0, 0.25, 0.4], { rtol: 1e-6, atol: 0 });
  });
});

describe('the presentation', () => {
  it('fits every experiment into the trials of the task, each ending in its probe', () => {
    for (const trials of [30, 31, 37, 48, 64]) {
      const fitting = contextSetting(LAB_SETTING, trials);
      const rng = Rng.fromSeed(1);
      const shown = present({
        phenomena: Object.values(phenomena),
        setting: fitting,
        cues: 4,
        draws: 2,
        rng,
      });
      expect(Math.max(...shown.rows.map((row) => row.length))).toBeLessThanOrEqual(trials);
      const names = new Set(shown.readings.map(({ phenomenon }) => phenomenon));
      expect(names).toEqual(new Set(Object.keys(phenomena).filter((name) => name !== 'reversal')));
    }
    expect(() => contextSetting(LAB_SETTING, 12)).toThrow('expected at least 30 trials a row');
  });

  it('gives the parts to other cues in each draw, and the scripted rows keep their order', () => {
    const rng = Rng.fromSeed(2);
    const { blocking } = phenomena;
    const shown = present({ phenomena: [blocking!], setting, cues: 4, draws: 6, rng });
    const first = shown.readings.find(({ reading }) => reading === 'V_B')!;
    const probes = first.takes.map(({ row }) => shown.rows[row]!.at(-1)!.cues.join());
    expect(new Set(probes).size).toBeGreaterThan(1);
    expect(new Set(first.takes.map(({ scripted }) => scripted)).size).toBe(1);
    expect(shown.scripted[first.takes[0]!.scripted]!.at(-1)).toEqual({ cues: [0, 1, 0, 0], us: 0 });
  });

  it('draws the US of a chance anew, and refuses more stimuli than there are cues', () => {
    const rng = Rng.fromSeed(2);
    const one = { phenomena: [phenomena['partial-reinforcement']!], setting, draws: 5, rng };
    const partial = present({ ...one, cues: 1 }).readings[0]!;
    expect(new Set(partial.takes.map(({ scripted }) => scripted)).size).toBeGreaterThan(2);
    expect(() => present({ ...one, phenomena: [phenomena.renewal!], cues: 2 })).toThrow(
      'phenomenon renewal: expected at most 2 stimuli, as many as the learner has cues, got 3',
    );
  });
});

describe('the fit', () => {
  it('takes the member that is best on the other experiments, not on the one predicted', () => {
    const members = [0.1, 0.2].map((beta) => ({ beta, decay: 1 }));
    const errors = [
      [0, 4],
      [0, 4],
      [4.5, 1],
    ];
    const fit = fitFamily({ members, errors, rng: Rng.fromSeed(1) });
    expect(fit.heldOut.map(({ beta }) => beta)).toEqual([0.1, 0.1, 0.1]);
    expect(fit.heldOutError).toBe(1.5);
    expect([fit.beta.low, fit.beta.value, fit.beta.high]).toEqual([0.1, 0.1, 0.2]);
  });
});

describe('what explains a learner in context', () => {
  it('is its own rule, write strength and decay, where it is one', async () => {
    const learners = [member('delta', 0.3, 0.97)];
    const { fits, results } = await runContext({ ...options, learners });
    const [best, ...others] = fits;
    expect(best!.rule).toBe('delta');
    expect(best!.beta!.value).toBeAllClose(0.3, { rtol: 0.1, atol: 0 });
    expect(best!.decay!.value).toBeAllClose(0.97, { rtol: 0, atol: 0.01 });
    expect(best!.beta!.low!).toBeLessThanOrEqual(0.3 * 1.1);
    expect(best!.beta!.high!).toBeGreaterThanOrEqual(0.3 / 1.1);
    expect(best!.explained).toBeGreaterThan(0.999);
    for (const { heldOutError } of others) expect(heldOutError).toBeGreaterThan(20 * best!.heldOutError);
    const own = results.filter(({ rule }) => rule === 'delta').map(({ measured }) => measured);
    expect(own.map(({ agrees, shown }) => [agrees, shown])).toEqual(own.map(() => [true, true]));
    const blocked = results.find(({ rule, reading }) => rule === 'hebbian' && reading === 'V_B')!;
    expect(blocked.measured.agrees).toBe(false);
    expect(new Set(results.map(({ phenomenon }) => phenomenon)).has('reversal')).toBe(false);
  });

  it('is the ideal learner of the law, where it is that, and Hebb where it is Hebb', async () => {
    const ideal: Respond = (rows) => Promise.resolve(rows.map((row) => idealExpectations(row, law)));
    const report = await runContext({ ...options, learners: [ideal] });
    expect(report.fits[0]).toMatchObject({ rule: null, beta: null, explained: 1 });
    const hebb = await runContext({ ...options, learners: [member('hebbian', 0.05, 0.9)] });
    expect(hebb.fits[0]!.rule).toBe('hebbian');
    expect(hebb.fits[0]!.decay!.value).toBeAllClose(0.9, { rtol: 0, atol: 0.02 });
  });

  it('refuses responses that are not finite, and names it does not know', async () => {
    const broken: Respond = (rows) => Promise.resolve(rows.map((row) => row.map(() => NaN)));
    await expect(runContext({ ...options, learners: [broken] })).rejects.toThrow(
      'lab: expected finite responses, got NaN; the training may have diverged',
    );
    const learners = [member('delta', 0.3, 1)];
    await expect(runContext({ ...options, learners, phenomena: ['blokking'] })).rejects.toThrow(
      "did you mean 'blocking'?",
    );
    await expect(runContext({ ...options, learners, phenomena: ['reversal'] })).rejects.toThrow(
      'phenomena: expected one that can be presented with a single US, got reversal',
    );
  });
});
