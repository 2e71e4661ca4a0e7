import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withTables } from '../scripts/rulesTable.js';

const root = new URL('../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

describe('README', () => {
  it("holds the registries' tables; `npx tsx scripts/rulesTable.ts` writes them anew", () => {
    expect(withTables(readme)).toBe(readme);
  });

  it('links only to files that are there', () => {
    const links = Array.from(readme.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, path]) => path ?? '');
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });

  it('refuses a text without its marks', () => {
    expect(() => withTables('nothing')).toThrow('README.md: expected <!-- rules: begin --> before');
  });
});

describe('docs/dependencies.md', () => {
  it('has a line for every dependency', () => {
    const text = readFileSync(new URL('docs/dependencies.md', root), 'utf8');
    // The cast: our own package.json.
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(new URL('package.json', root), 'utf8'),
    ) as Record<string, Record<string, string>>;
    const names = Object.keys({ ...dependencies, ...devDependencies });
    expect(names.filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
  });
});
