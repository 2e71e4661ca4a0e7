import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type MarkdownRenderer } from 'vitepress';
import { ADDRESS, anchorOf, linkedFiles, sidebar, siteLink, SITE_PAGES } from '../../scripts/docs/site.js';

const DESCRIPTION =
  'Train small language models with fast-weight memories, and find out what a learning rule does to a language model.';

/** Links to files of the repository lead there, and those to files beside a page are no pages of the site. */
function leadLinks(md: MarkdownRenderer): void {
  md.core.ruler.push('lead-links', ({ tokens, env }) => {
    // The cast: what VitePress puts into the environment of a page.
    const { relativePath } = env as { relativePath: string };
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href === null) continue;
      const link = siteLink(relativePath, href);
      token.attrSet('href', link.href);
      if (link.type === 'file') token.attrSet('target', '_self');
    }
  });
}

/** Copies what pages link to beside the built pages. */
function copyLinked(srcDir: string, outDir: string): void {
  for (const page of SITE_PAGES) {
    const text = readFileSync(join(srcDir, page), 'utf8');
    const hrefs = Array.from(text.matchAll(/(?<!!\[[^\]]*)\]\(([^)\s]+)\)/g), ([, href = '']) => href);
    for (const file of linkedFiles(page, hrefs)) cpSync(join(srcDir, file), join(outDir, file));
  }
}

export default defineConfig({
  title: 'Pavlov',
  description: DESCRIPTION,
  lang: 'en',
  base: process.env.PAVLOV_DOCS_BASE ?? '/',
  srcExclude: ['reading/**', 'results/*/**'],
  outDir: '../site',
  cacheDir: '../node_modules/.cache/vitepress',
  metaChunk: true,
  markdown: { config: leadLinks, anchor: { slugify: anchorOf } },
  themeConfig: {
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Guides', link: '/guides/train' },
      { text: 'API', link: '/api/index.html', target: '_self' },
    ],
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: ADDRESS }],
  },
  buildEnd: ({ srcDir, outDir }) => {
    copyLinked(srcDir, outDir);
  },
});
