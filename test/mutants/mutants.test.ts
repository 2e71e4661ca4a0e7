import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mutants } from './list.js';

const root = new URL('../..', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

it.each(mutants)('the fault "$label" can be planted in $file', ({ file, find, replace, test, filter }) => {
  expect(read(file).split(find).length - 1, `times that ${JSON.stringify(find)} is in ${file}`).toBe(1);
  expect(replace).not.toBe(find);
  expect(existsSync(new URL(test, root))).toBe(true);
  expect(() => new RegExp(filter)).not.toThrow();
});

it('no fault is listed twice', () => {
  const keys = mutants.map(({ file, find, replace }) => `${file} ${find} ${replace}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.length).toBeGreaterThan(80);
});
