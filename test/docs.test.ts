import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
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

describe('pages', () => {
  const folders = ['', 'docs', 'docs/results', 'docs/reading', 'examples', 'checkpoints'];
  const pages = folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );

  it.each(pages)('%s links only to files that are there', (page) => {
    const links = Array.from(read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, link]) => link ?? '');
    const missing = links.filter((link) => !existsSync(join(root, dirname(page), link)));
    expect(missing).toEqual([]);
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
