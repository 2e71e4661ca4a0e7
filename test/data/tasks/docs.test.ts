import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { tasks } from '../../../data/tasks/index.js';

const docs = readFileSync(new URL('../../../docs/tasks.md', import.meta.url).pathname, 'utf8');
const sections = new Map(
  docs
    .split(/^## /m)
    .slice(1)
    .map((text) => [/^`(.+)`/.exec(text)?.[1] ?? '', text]),
);

/** From five digits on in groups of three. */
const grouped = (n: number): string => (n < 10_000 ? String(n) : n.toLocaleString('en-US'));

it.each(Object.values(tasks).map((task) => [task.name, task] as const))(
  'docs/tasks.md has a section on %s with each setting, its default and its range',
  (name, task) => {
    const section = sections.get(name) ?? '';
    expect(section).not.toBe('');
    const rows = section
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    expect(rows.map((row) => row[1]).sort()).toEqual(
      Object.keys(task.settings)
        .map((setting) => `\`${setting}\``)
        .sort(),
    );
    for (const [setting, spec] of Object.entries(task.settings)) {
      const [, , value, range] = rows.find((row) => row[1] === `\`${setting}\``)!;
      expect(value, setting).toBe(String(spec.default));
      const [low, high] = spec.range ?? [];
      const told = (spec.choices ?? [`${low} to ${grouped(high ?? NaN)}`]).join(', ');
      expect(range, setting).toBe(spec.real ? `${told}, real` : told);
    }
  },
);
