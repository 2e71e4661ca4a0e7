import { describe, expect, it } from 'vitest';
import { suites } from '../../data/tasks/registry.js';
import { planTasks } from '../../experiments/planTasks.js';
import { MICRO_SETTINGS } from '../cli/microTask.js';

const sets = [...MICRO_SETTINGS.filter((setting) => !setting.startsWith('task.')), 'train.samples=64'];

describe('a grid over several tasks', () => {
  it('has the same variants and seeds on each', async () => {
    const request = { rules: ['hebbian', 'delta'], seeds: { maxSeeds: 2 }, sets, search: {} };
    const plan = await planTasks(request, ['induction', 'parity']);
    expect(plan.task).toBe('induction+parity');
    expect(plan.cells.map(({ task, variant, seed }) => [task, variant.rule, seed])).toEqual(
      ['induction', 'parity'].flatMap((task) =>
        ['hebbian', 'delta'].flatMap((rule) => [1, 2].map((seed) => [task, rule, seed])),
      ),
    );
    expect(new Set(plan.cells.map(({ id }) => id)).size).toBe(8);
    const rates = ['0.1', '0.2', '0.3', '0.4'].map((rate) => [`optimizer.learningRate=${rate}`]);
    const chosen = await plan.search!.cells(rates);
    expect(chosen.map(({ task, learningRate }) => [task, learningRate])).toEqual([
      ...[0.1, 0.1, 0.2, 0.2].map((rate) => ['induction', rate]),
      ...[0.3, 0.3, 0.4, 0.4].map((rate) => ['parity', rate]),
    ]);
  });

  it('is of one task as planGrid plans it, and of each once', async () => {
    const request = { rules: ['delta'], seeds: 1, sets };
    expect((await planTasks(request, ['parity'])).task).toBe('parity');
    await expect(planTasks(request, ['parity', 'parity'])).rejects.toThrow("'parity' is given twice");
    await expect(planTasks(request, [])).rejects.toThrow('expected at least one task');
    await expect(planTasks(request, ['parity', 'pairity'])).rejects.toThrow('pairity');
  });

  it('can be of a suite, whose tasks say that they belong to it', () => {
    expect(Object.keys(suites()).sort()).toEqual(expect.arrayContaining(['icl', 'recall', 'state-tracking']));
    for (const names of Object.values(suites())) expect(names.length).toBeGreaterThan(1);
    expect(suites()['state-tracking']).toEqual(expect.arrayContaining(['parity', 's3', 's5']));
  });
});
