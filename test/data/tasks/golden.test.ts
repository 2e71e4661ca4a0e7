import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openTask, type Task, tasks, type Values } from '../../../data/tasks/index.js';

const file = new URL('../../golden/tasks.json', import.meta.url).pathname;
const HOW =
  'The first samples of every task (seed 1, preset smoke). To change a generator on purpose: ' +
  'UPDATE_GOLDEN=1 npx vitest run test/data/tasks/golden.test.ts, and say in the commit whose numbers it changes.';

/** Whole numbers as they are; reals to 4 digits, the first 40, since logarithms may differ in the last bit. */
function plain(values: Values): number[] {
  if (values instanceof Int32Array) return Array.from(values);
  return Array.from(values.subarray(0, 40), (x) => Math.round(x * 1e4) / 1e4 + 0);
}

function firstSamples(task: Task) {
  const source = openTask(task, task.presets.smoke.settings, 1);
  return (['train', 'validation', 'test'] as const).map((split) => {
    const { inputs, positions, targets } = source.sample(split, 0);
    return { split, inputs: plain(inputs), positions: plain(positions), targets: plain(targets) };
  });
}

function golden(): { format: number; how: string; tasks: Record<string, unknown> } {
  return {
    format: 1,
    how: HOW,
    tasks: Object.fromEntries(Object.values(tasks).map((t) => [t.name, firstSamples(t)])),
  };
}

if (process.env.UPDATE_GOLDEN === '1') {
  const lines = Object.entries(golden().tasks).map(
    ([name, samples]) => `    ${JSON.stringify(name)}: ${JSON.stringify(samples)}`,
  );
  writeFileSync(
    file,
    `{\n  "format": 1,\n  "how": ${JSON.stringify(HOW)},\n  "tasks": {\n${lines.join(',\n')}\n  }\n}\n`,
  );
}

it('every task gives the samples on record', () => {
  expect(existsSync(file), HOW).toBe(true);
  const recorded: unknown = JSON.parse(readFileSync(file, 'utf8'));
  expect(golden(), HOW).toEqual(recorded);
});
