import { beforeAll, describe, expect, it } from 'vitest';
import '../../support/close.js';
import { AGREEMENT } from '../../../eval/lab/conditioning.js';
import { learningCurves, LAB_SETTING, type LearningCurves } from '../../../eval/lab/index.js';
import { Rng } from '../../../src/core/rng.js';

let found: LearningCurves;
beforeAll(async () => {
  found = await learningCurves({ rules: ['delta'], rng: Rng.fromSeed(1) });
});

const curveOf = (phenomenon: string, reading: string) => {
  const curve = found.curves.find((one) => one.phenomenon === phenomenon && one.reading === reading);
  if (!curve) throw new Error(`no curve of ${phenomenon}, ${reading}`);
  return curve;
};

describe('learning curves', () => {
  it('of acquisition by the delta rule follow lambda (1 - (1 - b)^n) after every trial', () => {
    const { measured, theory } = curveOf('acquisition', 'V_A');
    const wanted = Array.from({ length: LAB_SETTING.first }, (_, i) => 1 - (1 - LAB_SETTING.beta) ** (i + 1));
    expect(theory).toBeAllClose(wanted, { rtol: 1e-12, atol: 1e-12 });
    expect(measured).toBeAllClose(wanted, { rtol: 0, atol: AGREEMENT });
  });

  it('of extinction have theory through both phases', () => {
    const { theory, ends } = curveOf('extinction', 'V_A');
    expect(ends).toEqual([LAB_SETTING.first, LAB_SETTING.first + LAB_SETTING.second]);
    expect(theory).not.toContain(null);
  });

  it('agree with theory wherever it speaks, at every step', () => {
    const points = found.curves.flatMap(({ measured, theory, ...curve }) =>
      theory.flatMap((wanted, step) =>
        wanted === null ? [] : [{ ...curve, step, wanted, got: measured[step] }],
      ),
    );
    expect(points.length).toBeGreaterThan(1000);
    const wrong = points.filter(
      ({ wanted, got }) => !(Math.abs(wanted - (got ?? NaN)) <= AGREEMENT * Math.max(1, Math.abs(wanted))),
    );
    expect(
      wrong.map(({ phenomenon, reading, step, wanted, got }) => ({ phenomenon, reading, step, wanted, got })),
    ).toEqual([]);
  });

  it('say how long each experiment is, and name all of them', () => {
    const names = new Set(found.phenomena.map(({ name }) => name));
    for (const { phenomenon, ends, measured, theory } of found.curves) {
      expect(names).toContain(phenomenon);
      expect([measured.length, theory.length]).toEqual([ends.at(-1), ends.at(-1)]);
    }
  });
});
