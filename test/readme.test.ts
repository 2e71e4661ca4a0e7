import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withTables } from '../scripts/docs/rulesTable.js';
import { temporaryFolder } from './support/folder.js';
import { ROOM_FOLDERS } from './support/roomRules.js';
import { readFolders } from './support/sourceFacts.js';

const root = new URL('../', import.meta.url);
const folder = temporaryFolder();
const readme = readFileSync(new URL('README.md', root), 'utf8');

describe('README', () => {
  it("holds the registries' tables; `npx tsx scripts/docs/rulesTable.ts` writes them anew", () => {
    expect(withTables(readme)).toBe(readme);
  });

  it('has library code that runs and prints what it says', { timeout: 120_000 }, () => {
    const code = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
    const file = join(folder, 'readme.mts');
    writeFileSync(file, code.replaceAll("'pavlov-lm'", JSON.stringify(new URL('src/index.ts', root).href)));
    const printed = execFileSync(process.execPath, ['--import', 'tsx', file], {
      cwd: fileURLToPath(root),
      encoding: 'utf8',
    });
    const [sequence = '', list = ''] = printed.replaceAll(/\s/g, '').split(/\[(?=\d+\.)/);
    expect(sequence).toContain('[1,2],[3,4],[5,6]');
    const losses = list.replace(']', '').split(',').map(Number);
    expect(losses).toHaveLength(10);
    expect(losses.toSorted((a, b) => b - a)).toEqual(losses);
  });

  it('refuses a text without its marks', () => {
    expect(() => withTables('nothing')).toThrow('README.md: expected <!-- rules: begin --> before');
  });
});

// The cast: our own package.json.
const { dependencies = {}, devDependencies = {} } = JSON.parse(
  readFileSync(new URL('package.json', root), 'utf8'),
) as Record<string, Record<string, string>>;

describe('dependencies', () => {
  it('each has a line in docs/dependencies.md', () => {
    const text = readFileSync(new URL('docs/dependencies.md', root), 'utf8');
    const names = Object.keys({ ...dependencies, ...devDependencies });
    expect(names.filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it('what the program imports is what it depends on', () => {
    const { imports } = readFolders(fileURLToPath(root), ROOM_FOLDERS);
    const packages = imports.flatMap(({ specifier }) => {
      const name = /^(@[^/]+\/[^/]+|[^@./<][^/:]*)(\/|$)/.exec(specifier)?.[1];
      return name === undefined ? [] : [name];
    });
    expect([...new Set(packages)].sort()).toEqual(Object.keys(dependencies).sort());
  });
});
