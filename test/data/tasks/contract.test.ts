import { describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import {
  batchOf,
  openTask,
  resolveSettings,
  splitOf,
  type Task,
  type TaskSample,
  taskBatch,
  tasks,
} from '../../../data/tasks/index.js';
import {
  cutAfterFirst,
  formFaults,
  guess,
  ignorant,
  openSmoke,
  oracle,
  presetSettings,
  samplesOf,
  scoresOf,
  solverTally,
  splits,
} from './taskChecks.js';

const all = Object.values(tasks).map((task) => [task.name, task] as const);
const contentOf = (sample: TaskSample): string => (sample.identity ?? sample.inputs).join();
const told = { told: 0, wrong: 0 };
const add = (a: typeof told, b: typeof told) => ({ told: a.told + b.told, wrong: a.wrong + b.wrong });

describe.each(all)('task %s', (name, task) => {
  it('is registered under its name and says what it is', () => {
    expect(tasks[name]).toBe(task);
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const text of [task.title, task.asks, task.source]) expect(text.length).toBeGreaterThan(5);
    for (const slice of Object.values(task.slices)) expect(slice.doc.length).toBeGreaterThan(5);
  });

  it('has a range or choices, a default within, a unit and a line for every setting', () => {
    expect(() => resolveSettings(task, {})).not.toThrow();
    for (const [setting, spec] of Object.entries(task.settings)) {
      expect(spec.doc.length, setting).toBeGreaterThan(1);
      if (typeof spec.default === 'string') expect(spec.choices, setting).toContain(spec.default);
      else {
        expect(spec.range?.[0], setting).toBeLessThanOrEqual(spec.default);
        expect(spec.range?.[1], setting).toBeGreaterThanOrEqual(spec.default);
        if (spec.real !== true) expect(spec.unit, setting).toBeTruthy();
      }
    }
  });

  it.each(Object.entries(task.presets))('opens every part of the preset %s', (_preset, preset) => {
    for (const part of [...preset.train, ...preset.validation, ...preset.test])
      expect(part.samples).toBeGreaterThan(0);
    for (const settings of presetSettings(preset)) {
      const source = openTask(task, settings, 3);
      for (const split of splits) expect(formFaults(source, source.sample(split, 0))).toEqual([]);
    }
  });

  it('keeps one shape of all parts of a preset but the length', () => {
    for (const preset of Object.values(task.presets)) {
      const shapes = presetSettings(preset).map(({ ...settings }) => openTask(task, settings, 3).shape);
      for (const shape of shapes) {
        expect(shape.inputs).toEqual(shapes[0]!.inputs);
        expect(shape.outputs).toEqual(shapes[0]!.outputs);
      }
    }
  });

  it('has well formed samples whose labels the solver finds, and nothing the future tells', () => {
    const source = openSmoke(task);
    let [whole, cut] = [told, told];
    for (const split of splits)
      for (const sample of samplesOf(source, split, 100)) {
        expect(formFaults(source, sample)).toEqual([]);
        whole = add(whole, solverTally(source, sample));
        const first = { ...cutAfterFirst(source, sample), positions: sample.positions.slice(0, 1) };
        cut = add(cut, solverTally(source, first));
      }
    expect(whole.wrong).toBe(0);
    expect(cut.wrong).toBe(0);
    expect(whole.told).toBeGreaterThanOrEqual(300);
  });

  it('has labels that the solver finds at the default settings', () => {
    const source = openTask(task, {}, 5);
    const tallies = samplesOf(source, 'test', 20).map((sample) => solverTally(source, sample));
    const sum = tallies.reduce(add);
    expect(sum.wrong).toBe(0);
    expect(sum.told).toBeGreaterThanOrEqual(20);
  });

  it('scores an oracle as perfect and ignorance as chance', () => {
    const source = openSmoke(task);
    const [right, blind] = [scoresOf(source, 40, oracle), scoresOf(source, 40, ignorant)];
    for (const metric of source.metrics) {
      expect(right[metric.name]!.mean).toBeCloseTo(metric.perfect, 5);
      if (source.shape.outputs.kind === 'real') continue;
      expect(blind[metric.name]!.mean).toBeCloseTo(blind[metric.name]!.chance, 5);
      expect(blind[metric.name]!.mean).not.toBeCloseTo(metric.perfect, 2);
    }
  });

  it('has the chance of uniform guessing, by a binomial test with a fixed seed', () => {
    const source = openSmoke(task);
    if (source.shape.outputs.kind === 'real') {
      const zero = scoresOf(source, 2000, ignorant)['squared-error']!;
      expect(zero.chance).toBeGreaterThan(0);
      expect(Math.abs(zero.mean / zero.chance - 1)).toBeLessThan(0.15);
      return;
    }
    const rng = Rng.fromSeed(11).derive(name);
    const { mean, chance, n } = scoresOf(source, 300, (s, batch) => guess(s, batch, rng)).accuracy!;
    expect(n).toBeGreaterThanOrEqual(300);
    expect(Math.abs(mean - chance)).toBeLessThan(4 * Math.sqrt((chance * (1 - chance)) / n));
  });

  it('never shares a sample between splits', () => {
    const source = openSmoke(task);
    const seen = new Map<string, string>();
    for (const split of splits)
      for (const sample of samplesOf(source, split, 300)) {
        expect(splitOf(sample)).toBe(split);
        const content = contentOf(sample);
        expect(seen.get(content) ?? split).toBe(split);
        seen.set(content, split);
      }
    expect(seen.size).toBeGreaterThan(600);
  });

  it('makes sample i whatever was made before, and others for another seed, split or index', () => {
    const fresh = openSmoke(task).sample('train', 7);
    const used = openSmoke(task);
    for (const i of [9, 3, 7, 0]) used.sample('train', i);
    used.sample('test', 7);
    expect(used.sample('train', 7)).toEqual(fresh);
    const others = [openSmoke(task, 2).sample('train', 7), used.sample('train', 8), used.sample('test', 7)];
    for (const other of others) expect(other.inputs).not.toEqual(fresh.inputs);
  });

  it('batches samples with their scored positions', () => {
    const source = openSmoke(task);
    const batch = taskBatch(task, task.presets.smoke.settings, {
      seed: 1,
      split: 'train',
      from: 5,
      batchSize: 4,
    });
    expect(batchOf(source, { split: 'train', from: 5, batchSize: 4 })).toEqual(batch);
    const size = batch.sequenceLength * batch.width;
    for (const [row, sample] of samplesOf(source, 'train', 4, 5).entries()) {
      expect(batch.inputs.slice(row * size, (row + 1) * size)).toEqual(sample.inputs);
      const start = row * batch.scored.perSequence;
      for (let s = 0; s < batch.scored.perSequence; s++) {
        const [i, t] = [start + s, sample.positions[s]];
        expect(batch.scored.mask[i]).toBe(t === undefined ? 0 : 1);
        expect(batch.scored.positions[i]).toBe(row * batch.sequenceLength + (t ?? 0));
        if (t === undefined) continue;
        expect(batch.scored.targets[i]).toBe(sample.targets[s]);
        expect(batch.targets[row * batch.sequenceLength + t]).toBe(sample.targets[s]);
        expect(batch.lossMask[row * batch.sequenceLength + t]).toBe(1);
      }
    }
    const sum = (values: Float32Array): number => values.reduce((a, b) => a + b, 0);
    expect(sum(batch.lossMask)).toBe(sum(batch.scored.mask));
    expect(batch.documents).toEqual(new Int32Array(4 * batch.sequenceLength));
  });

  it('scores its baselines better than chance', () => {
    const source = openSmoke(task);
    for (const [baseline, run] of Object.entries(source.baselines ?? {})) {
      const sheet = scoresOf(source, 60, (_, batch) => {
        const { perSequence: perRow } = batch.scored;
        const size = source.shape.outputs.kind === 'classes' ? source.shape.outputs.classes : 1;
        const predictions = new Float32Array(60 * perRow * size);
        for (const [row, sample] of samplesOf(source, 'test', 60).entries())
          for (const [s, p] of run(sample).entries()) predictions.set(p, (row * perRow + s) * size);
        return predictions;
      });
      for (const metric of source.metrics) {
        const { mean, chance } = sheet[metric.name]!;
        if (metric.best === 'high') expect(mean, baseline).toBeGreaterThan(chance);
        else expect(mean, baseline).toBeLessThan(chance);
      }
    }
  });
});

describe('the checks see', () => {
  const { mqar } = tasks;
  const planted = (change: (sample: TaskSample) => TaskSample): Task => ({
    ...mqar!,
    open: (settings, world) => {
      const drawn = mqar!.open(settings, world);
      return { ...drawn, draw: (rng) => change(drawn.draw(rng)) };
    },
  });

  it('a label that is another pair’s', () => {
    const source = openSmoke(planted((s) => ({ ...s, targets: s.targets.slice().reverse() })));
    expect(solverTally(source, source.sample('train', 0)).wrong).toBeGreaterThan(0);
  });

  it('a label that is a key, positions out of order, a slice that is missing', () => {
    const fault = (change: (sample: TaskSample) => TaskSample): string[] => {
      const source = openSmoke(planted(change));
      return formFaults(source, source.sample('train', 0));
    };
    expect(fault((s) => ({ ...s, targets: s.targets.map(() => 1) }))).toContain('target no candidate');
    expect(fault((s) => ({ ...s, positions: s.positions.slice().reverse() })).join()).toMatch('positions');
    expect(fault((s) => ({ ...s, slices: {} }))).toContain('slices');
  });

  it('a sample that depends on what was drawn before', () => {
    let calls = 0;
    const task = planted((s) => ({
      ...s,
      inputs: s.inputs.map((id, i) => (i === 0 ? 1 + (calls++ % 20) : id)),
    }));
    const source = openSmoke(task);
    const first = source.sample('train', 7);
    expect(source.sample('train', 7)).not.toEqual(first);
  });
});
