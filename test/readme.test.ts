import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withAddress } from '../scripts/docs/address.js';
import { withTables } from '../scripts/docs/rulesTable.js';
import { ROOM_FOLDERS } from './support/roomRules.js';
import { readFolders } from './support/sourceFacts.js';

const root = new URL('../', import.meta.url);
// The cast: our own package.json.
const {
  homepage,
  repository,
  bugs,
  dependencies = {},
  devDependencies = {},
  peerDependencies = {},
} = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  readonly homepage: string;
  readonly repository: { readonly url: string };
  readonly bugs: { readonly url: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};
const readme = readFileSync(new URL('README.md', root), 'utf8');

describe('README', () => {
  it("holds the registries' tables; `npx tsx scripts/docs/rulesTable.ts` writes them anew", () => {
    expect(withTables(readme)).toBe(readme);
  });

  it('has links that work on the page of the registry; `npm run docs:write` makes them so', () => {
    expect(withAddress(readme)).toBe(readme);
    expect(withAddress('[a](docs/lab.md#b) ![c](d.svg) [e](#f) [g](https://h)')).toBe(
      `[a](${homepage}/blob/main/docs/lab.md#b) ![c](${homepage}/raw/main/d.svg) [e](#f) [g](https://h)`,
    );
  });

  it('has at most 140 lines beside the tables of the registries', () => {
    const text = readme.replaceAll(/<!-- (\w+): begin -->[^]*?<!-- \1: end -->/g, '');
    expect(text.split('\n').length).toBeLessThanOrEqual(141);
  });

  it('refuses a text without its marks', () => {
    expect(() => withTables('nothing')).toThrow('README.md: expected <!-- rules: begin --> before');
  });
});

describe('package.json', () => {
  it('has one address of the repository', () => {
    expect([repository.url, bugs.url]).toEqual([`git+${homepage}.git`, `${homepage}/issues`]);
  });
});

describe('dependencies', () => {
  it('each has a line in docs/dependencies.md', () => {
    const text = readFileSync(new URL('docs/dependencies.md', root), 'utf8');
    const names = Object.keys({ ...dependencies, ...devDependencies });
    const first = Array.from(text.matchAll(/^\| (`[^|]*`) \|/gm), ([, cell = '']) => cell.split(', ')).flat();
    expect(names.filter((name) => !first.includes(`\`${name}\``))).toEqual([]);
  });

  it('what the program imports is what it depends on', () => {
    // The build bundles what the page of play imports.
    const { imports } = readFolders(
      fileURLToPath(root),
      ROOM_FOLDERS.filter((folder) => folder !== 'play'),
    );
    const packages = imports.flatMap(({ specifier }) => {
      const name = /^(@[^/]+\/[^/]+|[^@./<][^/:]*)(\/|$)/.exec(specifier)?.[1];
      // Which the build takes apart.
      if (name === '@tensorflow/tfjs')
        return ['core', 'layers', 'backend-cpu'].map((part) => `${name}-${part}`);
      return name === undefined ? [] : [name];
    });
    const required = packages.filter((name) => !(name in peerDependencies));
    expect([...new Set(required)].sort()).toEqual(Object.keys(dependencies).sort());
  });
});
