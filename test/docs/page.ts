import MarkdownIt from 'markdown-it';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anchorOf, ROOT } from '../../scripts/docs/site.js';

/** A fenced block of a page. */
export interface Block {
  /** The page and the line the fence begins at. */
  readonly at: string;
  readonly language: string;
  /** What follows the language. */
  readonly marks: readonly string[];
  readonly code: string;
}

/** What the checks ask about a page. */
export interface Page {
  readonly path: string;
  readonly links: readonly string[];
  readonly anchors: ReadonlySet<string>;
  readonly blocks: readonly Block[];
}

const parser = new MarkdownIt({ html: true });

/** Reads Markdown as the site does; `path` is told in complaints. */
export function parsePage(path: string, text: string): Page {
  const [front = ''] = /^---\n[^]*?\n---\n/.exec(text) ?? [];
  const named = /^<<< (\S+)$|^<!--@include: (\S+)-->$|\blink: (\S+)/gm;
  const links = Array.from(text.matchAll(named), ([, code, page, link]) => code ?? page ?? link ?? '');
  const [blocks, anchors]: [Block[], Set<string>] = [[], new Set()];
  // Blank lines in place of the front matter keep the numbers of lines.
  const tokens = parser.parse(front.replaceAll(/[^\n]/g, '') + text.slice(front.length), {});
  tokens.forEach((token, i) => {
    const children = token.children ?? [];
    for (const child of children) {
      const link = child.attrGet('href') ?? child.attrGet('src');
      if (link !== null) links.push(String(link));
    }
    if (token.type === 'html_block')
      for (const [, name = ''] of token.content.matchAll(/\bid="([^"]+)"/g)) anchors.add(name);
    if (token.type === 'inline' && tokens[i - 1]?.type === 'heading_open') {
      const base = anchorOf(children.map(({ content }) => content).join(''));
      let anchor = base;
      for (let n = 1; anchors.has(anchor); n += 1) anchor = `${base}-${n}`;
      anchors.add(anchor);
    }
    if (token.type !== 'fence') return;
    const [language = '', ...marks] = token.info.trim().split(/\s+/);
    blocks.push({ at: `${path}:${(token.map?.[0] ?? 0) + 1}`, language, marks, code: token.content });
  });
  return { path, links, anchors, blocks };
}

/** A page of the repository. */
export function readPage(path: string): Page {
  return parsePage(path, readFileSync(join(ROOT, path), 'utf8'));
}
