import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { ADDRESS, ROOT, SITE_PAGES } from './site.js';

/*
 * Writes the address of the repository, `homepage` of package.json, everywhere else: `npx tsx scripts/docs/address.ts`.
 * To move, change that one line and run this; the former address is known from `repository`.
 */

const FOLDERS = ['', '.github', '.github/ISSUE_TEMPLATE', '.github/workflows'];

/** Files that name the address. */
const files = [
  ...FOLDERS.filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => /\.(md|cff|ya?ml)$|^package\.json$/.test(name))
      .map((name) => join(folder, name)),
  ),
  ...SITE_PAGES.map((path) => join('docs', path)),
];

/** The README with links that also work on the registry's page, which has no files beside it. */
export function withAddress(readme: string): string {
  return readme.replaceAll(
    /(!?)(\[[^\]]*\])\((?![a-z]+:|#)([^)\s]+)\)/g,
    (_all, image: string, text: string, path: string) =>
      `${image}${text}(${ADDRESS}/${image === '' ? 'blob' : 'raw'}/main/${path})`,
  );
}

function main(): void {
  // The cast: our own package.json.
  const { repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    repository: { url: string };
  };
  const former = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  for (const file of files) {
    const path = join(ROOT, file);
    const text = readFileSync(path, 'utf8');
    const moved = text.replaceAll(former, ADDRESS);
    const written = file === 'README.md' ? withAddress(moved) : moved;
    if (written !== text) writeFileSync(path, written);
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) main();
