import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../cli/program.js';
import { withRooms } from '../scripts/docs/roomsTable.js';
import { newPathOf } from '../src/core/renamed.js';
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

/** Commands of a page's shell blocks, `\\` at the end of a line joined, without comments. */
function commandsOf(text: string): string[][] {
  const blocks = Array.from(text.matchAll(/^```sh\n([^]*?)^```/gm), ([, block]) => block ?? '');
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'));
  return lines.flatMap((line) => {
    const [, rest] = /^(?:npx )?pavlov (.*)$/.exec(line.replace(/\s# .*$/, '').trim()) ?? [];
    return rest === undefined ? [] : [rest.replaceAll(/"[^"]*"/g, 'TEXT').split(/\s+/)];
  });
}

/** What the command line does not know in a command, or knows by another name now. */
function unknownIn(words: readonly string[]): string[] {
  let command = createProgram(() => undefined);
  const rest = [...words];
  for (;;) {
    const child = command.commands.find((one) => one.name() === rest[0]);
    if (!child) break;
    command = child;
    rest.shift();
  }
  const known = new Set(command.options.map(({ long }) => long));
  const flags = rest.filter((word) => word.startsWith('--') && word !== '--help' && !known.has(word));
  const paths = rest.flatMap((word) => /^([a-z]+\.\w+)(?:\.\w+)*=/i.exec(word)?.[1] ?? []);
  return [...flags, ...paths.filter((path) => newPathOf(path.split('.')) !== undefined)];
}

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

  const commands = pages.flatMap((page) => commandsOf(read(page)).map((words) => [page, words] as const));

  it('have commands whose flags and settings exist', () => {
    expect(commands.length).toBeGreaterThan(40);
    const unknown = commands.flatMap(([page, words]) => unknownIn(words).map((word) => `${page}: ${word}`));
    expect(unknown).toEqual([]);
    expect(unknownIn(['train', '--ruel', 'delta', '--set', 'train.rows=1'])).toEqual([
      '--ruel',
      'train.rows',
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
