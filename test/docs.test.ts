import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withRooms } from '../scripts/docs/roomsTable.js';
import { ROOM_FOLDERS } from './support/roomRules.js';

const root = fileURLToPath(new URL('../', import.meta.url));

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Section numbers after `docs/theory.md`: those of `docs/theory.md 4.2 and 4.4 (conditioning), 2.4` are three. */
function cited(text: string): string[] {
  return Array.from(text.matchAll(/theory\.md((?:[^.]|\.(?=\d))*)/g), ([, rest]) => rest ?? '').flatMap(
    (rest) => Array.from(rest.matchAll(/(?<![\d.])\d\.\d+(?![\d^*])/g), ([number]) => number),
  );
}

describe('docs/theory.md', () => {
  it('has every section that a source file cites', () => {
    const sections = new Set(Array.from(read('docs/theory.md').matchAll(/^### (\d\.\d+) /gm), ([, n]) => n));
    const files = ROOM_FOLDERS.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `${folder}/${name}`),
    );
    const found = files.flatMap((file) => cited(read(file)).map((section) => ({ file, section })));
    expect(found.length).toBeGreaterThan(15);
    expect(found.filter(({ section }) => !sections.has(section))).toEqual([]);
  });

  it('is cited by number in the form that is looked for', () => {
    expect(cited('Source: docs/theory.md 4.2 and 4.4 (x), 2.4 (y: `g |1 - x|`). Then 9.9.')).toEqual([
      '4.2',
      '4.4',
      '2.4',
    ]);
  });
});

describe('CITATION.cff', () => {
  it('has the version, licence and address of package.json', () => {
    // The cast: our own package.json.
    const own = JSON.parse(read('package.json')) as Record<'version' | 'license' | 'homepage', string>;
    const citation = read('CITATION.cff');
    expect(citation).toContain(`\nversion: ${own.version}\n`);
    expect(citation).toContain(`\nlicense: ${own.license}\n`);
    expect(citation).toContain(`\nrepository-code: ${own.homepage}\n`);
  });
});

describe('docs/architecture.md', () => {
  const page = read('docs/architecture.md');

  it('has the rooms of the table; `npx tsx scripts/docs/roomsTable.ts` writes them anew', () => {
    expect(withRooms(page)).toBe(page);
    expect(() => withRooms('nothing')).toThrow('expected a table with the head');
  });

  it('names only files that are there', () => {
    const files = Array.from(page.matchAll(/`([a-z]\w*\/[\w/]+\.ts)`/g), ([, file]) => file ?? '');
    expect(files.length).toBeGreaterThan(15);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});
