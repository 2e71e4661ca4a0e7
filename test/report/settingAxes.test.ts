import { describe, expect, it } from 'vitest';
import { settingAxes } from '../../report/settingAxes.js';

const item = (rule: string, width: number, extra: Record<string, string | number> = {}) => ({
  variant: { rule, 'model.width': width, ...extra },
});

describe('settings as axes', () => {
  it('gives one series per rule over a numeric setting that varies, in its order', () => {
    const items = [item('delta', 64), item('delta', 32), item('oja', 32), item('oja', 64)];
    const [axis, ...others] = settingAxes(items);
    expect(others).toEqual([]);
    expect(axis?.setting).toBe('model.width');
    expect(axis?.series.map(({ name, points }) => [name, points.map(({ x }) => x)])).toEqual([
      ['delta', [32, 64]],
      ['oja', [32, 64]],
    ]);
    expect(axis?.series[0]?.points[0]?.item).toBe(items[1]);
  });

  it('makes no axis of what does not vary, is no number, or is missing somewhere', () => {
    expect(settingAxes([item('delta', 32), item('oja', 32)])).toEqual([]);
    expect(settingAxes([item('delta', 32), { variant: { rule: 'softmax' } }])).toEqual([]);
  });

  it('crosses two settings: each is an axis, with series for the values of the other', () => {
    const items = [16, 32].flatMap((width) =>
      [1, 2].map((layers) => item('delta', width, { 'model.layers': layers })),
    );
    expect(
      settingAxes(items).map(({ setting, series }) => [setting, series.map(({ name }) => name)]),
    ).toEqual([
      ['model.width', ['layers 1', 'layers 2']],
      ['model.layers', ['width 16', 'width 32']],
    ]);
  });
});
