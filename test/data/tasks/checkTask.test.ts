import { describe, expect, it } from 'vitest';
import runningMax from '../../../examples/own-task.js';
import { checkTask, type Task, type TaskDraw, type TaskSample } from '../../../data/tasks/index.js';
import { parity } from '../../../data/tasks/parity.js';

describe('checkTask', () => {
  it.each([parity, runningMax])('finds nothing wrong with $name', async (task) => {
    const results = await checkTask(task);
    expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
  });

  it('tells a field that is wrong, and runs nothing', async () => {
    const { smoke } = runningMax.presets;
    const presets = { smoke: { ...smoke, settings: { digit: 3 } } };
    const [form, next] = await checkTask({ ...runningMax, presets });
    expect(form!.finding!.got).toBe("task.presets.smoke: expected settings digits | length, got 'digit'");
    expect(next!.status).toBe('skip');
  });
});

/** The running maximum with something else in what it opens. */
function opened(change: (draw: TaskDraw) => Partial<TaskDraw>): Task {
  return {
    ...runningMax,
    open: (settings, world) => {
      const draw = runningMax.open(settings, world);
      return { ...draw, ...change(draw) };
    },
  };
}

const sampled = (change: (sample: TaskSample) => Partial<TaskSample>): Task =>
  opened(({ draw }) => ({
    draw: (rng) => {
      const sample = draw(rng);
      return { ...sample, ...change(sample) };
    },
  }));

let drawn = 0;

/** Tasks with one fault each, the check that must see it, and what it says. */
const faults: readonly (readonly [string, Task, string, string])[] = [
  [
    'more positions than it says',
    opened(({ shape }) => ({ shape: { ...shape, scored: 3 } })),
    'samples',
    '16',
  ],
  [
    'tokens beyond the vocabulary',
    sampled(({ inputs }) => ({ inputs: Int32Array.from(inputs, (x, i) => (i === 2 ? 99 : x)) })),
    'samples',
    '99 at 2',
  ],
  [
    'positions that do not rise',
    sampled(({ positions }) => ({ positions: positions.slice().reverse() })),
    'samples',
    '[15, 14',
  ],
  [
    'a target for every other position',
    sampled(({ targets }) => ({ targets: targets.slice(0, 8) })),
    'samples',
    '8',
  ],
  ['a slice that it does not name', sampled(() => ({ slices: {} })), 'samples', 'none'],
  [
    'samples by the order in which they are drawn',
    sampled(({ inputs }) => ({ inputs: Int32Array.from(inputs, (x, i) => (i === 0 ? drawn++ % 10 : x)) })),
    'deterministic',
    'another',
  ],
  [
    'splits by something that is not the input',
    sampled(({ inputs }) => ({
      inputs: new Int32Array(16).fill(inputs[0]!),
      targets: new Int32Array(16).fill(inputs[0]!),
      identity: Int32Array.from(inputs),
    })),
    'splits',
    'one that is',
  ],
  [
    'labels that the solver does not find',
    sampled(({ targets }) => ({ targets: targets.map((x) => (x + 1) % 10) })),
    'solver',
    '',
  ],
  [
    'a solver that finds nothing',
    opened(() => ({ solve: ({ positions }) => Array.from(positions, () => undefined) })),
    'solver',
    'undefined everywhere',
  ],
  [
    'an answer that looks ahead',
    opened(({ draw }) => ({
      draw: (rng) => {
        const sample = draw(rng);
        return { ...sample, targets: sample.targets.slice().fill(Math.max(...sample.inputs)) };
      },
      solve: ({ inputs, positions }) => Array.from(positions, () => Int32Array.of(Math.max(...inputs))),
    })),
    'no look ahead',
    '',
  ],
  [
    'a chance that is not that of guessing',
    opened(({ metrics }) => ({ metrics: metrics.map((metric) => ({ ...metric, chance: () => 0.5 })) })),
    'chance',
    '0.1',
  ],
  [
    'a perfect score that nothing reaches',
    opened(({ metrics }) => ({ metrics: metrics.map((metric) => ({ ...metric, perfect: 2 })) })),
    'perfect score',
    '1',
  ],
  [
    'candidates that are never right',
    opened(({ draw, solve, shape }) => ({
      shape,
      draw: (rng) => {
        const sample = draw(rng);
        return {
          ...sample,
          inputs: Int32Array.from(sample.inputs, (x) => x % 5),
          targets: sample.positions.map((t) =>
            Math.max(...Array.from(sample.inputs, (x) => x % 5).slice(0, t + 1)),
          ),
        };
      },
      solve,
    })),
    'candidates',
    'never',
  ],
  [
    'a baseline of another size',
    opened(() => ({
      baselines: { none: ({ positions }) => Array.from(positions, () => new Float32Array(2)) },
    })),
    'baselines',
    '2',
  ],
];

describe('a planted fault', () => {
  it.each(faults)('%s is refused', async (_, task, name, got) => {
    const results = await checkTask(task, { checks: [name] });
    const found = results.find(({ check }) => check === name);
    expect(found).toMatchObject({ status: 'fail' });
    expect(found!.finding!.got).toContain(got);
    expect(found!.finding!.where).not.toBe('');
  });
});
