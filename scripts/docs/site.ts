import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * What the site and the checks of the pages share: which pages there are, in what order, what their anchors are called,
 * and where a link leads.
 */

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCS = join(ROOT, 'docs');

// The cast: our own package.json.
const { homepage } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { homepage: string };

/** The address of the repository, which package.json has. */
export const ADDRESS = homepage;

/** Folders of docs whose files are parts of other pages or what a command wrote. */
const NO_PAGES = /^(public|pictures|figures|reading|results\/[^/]+)\//;

/** Files of docs that are pages of the site, by their path in docs. */
export const SITE_PAGES: readonly string[] = readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.md') && !path.startsWith('.') && !NO_PAGES.test(path))
  .sort();

interface Section {
  readonly text: string;
  /** The pages that come first, in this order. */
  readonly pages: readonly string[];
  /** Whether it takes the other pages of a folder. */
  readonly takes: RegExp;
  readonly collapsed?: boolean;
}

/** Sections of the sidebar. A page that no list names goes to the first section that takes it. */
const SECTIONS: readonly Section[] = [
  { text: 'Start', pages: ['quick-start.md', 'installation.md'], takes: /^$/ },
  {
    text: 'Guides',
    pages: ['train', 'fine-tuning', 'recall', 'compare', 'lab', 'own-rule'].map(
      (name) => `guides/${name}.md`,
    ),
    takes: /^guides\//,
  },
  {
    text: 'Understand',
    pages: ['which-rule.md', 'known-as.md', 'architecture.md', 'theory.md', 'glossary.md'],
    takes: /^$/,
  },
  { text: 'Rules and gates', pages: ['rules/README.md'], takes: /^rules\//, collapsed: true },
  {
    text: 'For developers',
    pages: ['decisions.md', 'dependencies.md', 'log.md'],
    takes: /^$/,
    collapsed: true,
  },
  { text: 'Results', pages: [], takes: /^results\//, collapsed: true },
  { text: 'Reference', pages: ['data.md', 'tasks.md', 'heads.md'], takes: /^[^/]+\.md$/, collapsed: true },
];

/** The title of a page: that of its front matter, or its first heading. */
function titleOf(path: string): string {
  const [, title = path] = /^(?:title:|#) (.+)$/m.exec(readFileSync(join(DOCS, path), 'utf8')) ?? [];
  return title.replaceAll('`', '');
}

/** The sidebar: every page once. */
export function sidebar(): { text: string; collapsed?: boolean; items: { text: string; link: string }[] }[] {
  const all = SITE_PAGES.filter((path) => path !== 'index.md');
  const listed = new Set(SECTIONS.flatMap(({ pages }) => pages));
  return SECTIONS.map(({ text, pages, takes, collapsed }) => {
    const rest = all.filter((path) => !listed.has(path) && takes.test(path));
    const items = [...pages.filter((path) => all.includes(path)), ...rest].map((path) => ({
      text: titleOf(path),
      link: `/${path}`,
    }));
    return { text, ...(collapsed && { collapsed }), items };
  });
}

/** The anchor of a heading, as GitHub makes it too. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
}

/** Where a link of a page of docs leads on the site: to a page, to a file beside it, or to the repository. */
export function siteLink(page: string, href: string): { href: string; type: 'page' | 'file' | 'elsewhere' } {
  if (/^([a-z]+:|#|\/)/.test(href)) return { href, type: href.startsWith('/api/') ? 'file' : 'page' };
  const [path = '', anchor] = href.split('#');
  const target = posix.normalize(posix.join(posix.dirname(page), path));
  if (SITE_PAGES.includes(target)) return { href, type: 'page' };
  const isFile = !target.startsWith('../') && !target.endsWith('.md') && existsSync(join(DOCS, target));
  if (isFile) return { href, type: 'file' };
  const inRepository = posix.normalize(posix.join('docs', target));
  return { href: `${ADDRESS}/blob/main/${inRepository}${anchor ? `#${anchor}` : ''}`, type: 'elsewhere' };
}

/** Files of docs that pages link to and that are not pages: reports, tables, charts. */
export function linkedFiles(page: string, hrefs: readonly string[]): string[] {
  return hrefs
    .filter((href) => siteLink(page, href).type === 'file' && !href.startsWith('/'))
    .map((href) => posix.join(dirname(page), href.split('#')[0] ?? ''));
}
