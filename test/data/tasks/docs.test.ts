import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { tasks } from '../../../data/tasks/index.js';
import { temporaryFolder } from '../../support/folder.js';

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

const folder = temporaryFolder();

it('docs/tasks.md begins with code that runs', { timeout: 120_000 }, () => {
  const root = new URL('../../../', import.meta.url);
  const code = /```ts\n([^]*?)```/.exec(docs)?.[1] ?? '';
  expect(code).toContain("from 'pavlov-lm/data'");
  const file = join(folder, 'tasks.mts');
  const data = JSON.stringify(new URL('data/index.ts', root).href);
  const before = 'const logits = new Float32Array(512 * 4 * 8192);';
  const after = 'console.log(batch.scored.positions.length, sheet.result.accuracy?.n);';
  writeFileSync(file, [before, code.replace("'pavlov-lm/data'", data), after].join('\n'));
  const options = { cwd: fileURLToPath(root), encoding: 'utf8' } as const;
  expect(execFileSync(process.execPath, ['--import', 'tsx', file], options)).toBe('2048 2048\n');
});
