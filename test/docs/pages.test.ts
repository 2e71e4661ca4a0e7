import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseExperiment } from '../../eval/lab/experiment.js';
import { ADDRESS, ROOT, sidebar, siteLink, SITE_PAGES } from '../../scripts/docs/site.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';
import { resolveTaskConfig } from '../../train/tasks/resolveTaskConfig.js';
import { commandsIn, faultOf } from './commands.js';
import { parsePage, readPage, type Block, type Page } from './page.js';

const elsewhere = ['', '.github', 'docs/reading', 'examples', 'checkpoints'].flatMap((folder) =>
  (existsSync(join(ROOT, folder)) ? readdirSync(join(ROOT, folder)) : [])
    .filter((name) => name.endsWith('.md'))
    .map((name) => posix.join(folder, name)),
);
const pages = [...elsewhere, ...SITE_PAGES.map((path) => `docs/${path}`)].map(readPage);
const blocks = pages.flatMap((page) => page.blocks);

/** What is wrong with a link. Addresses outside are looked at, not visited. */
function faultOfLink(page: Page, link: string): string | undefined {
  const own = link.startsWith(ADDRESS) ? /\/(?:blob|raw|tree)\/main\/(.*)$/.exec(link)?.[1] : undefined;
  if (own === undefined && /^[a-z]+:/.test(link)) {
    return URL.canParse(link) && /^(https:\/\/[\w.-]+\.\w+(\/|$)|mailto:)/.test(link)
      ? undefined
      : 'no good address';
  }
  if (link.startsWith('/')) return SITE_PAGES.includes(`${link.slice(1)}.md`) ? undefined : 'no such page';
  const [path = '', anchor] = (own ?? link).split('#');
  const from = own === undefined ? dirname(page.path) : '.';
  const target = path === '' ? page.path : posix.normalize(posix.join(from, decodeURI(path)));
  if (!existsSync(join(ROOT, target))) return 'no such file';
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return readPage(target).anchors.has(anchor) ? undefined : 'no such heading';
}

describe('pages', () => {
  it('are all in the sidebar, once each', () => {
    const links = sidebar().flatMap(({ items }) => items.map(({ link }) => link.slice(1)));
    expect(links.toSorted()).toEqual(SITE_PAGES.filter((path) => path !== 'index.md'));
    expect(sidebar().filter(({ items }) => items.length === 0)).toEqual([]);
  });

  it('link to files, headings and addresses that are there', () => {
    const links = pages.flatMap((page) => page.links.map((link) => ({ page, link })));
    expect(links.length).toBeGreaterThan(100);
    const faults = links.flatMap(({ page, link }) => {
      const fault = faultOfLink(page, link);
      return fault === undefined ? [] : [`${page.path}: ${link}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });

  it('would not pass with a link that leads nowhere', () => {
    const page = parsePage(
      'docs/some.md',
      '## A `b` c\n## A b c\n[x](#a-b-c-1) [y](#a-b) [z](http:/w) [v](no.md)',
    );
    expect(page.anchors).toEqual(new Set(['a-b-c', 'a-b-c-1']));
    expect(page.links.map((link) => faultOfLink({ ...page, path: 'README.md' }, link))).toEqual([
      'no such heading',
      'no such heading',
      'no good address',
      'no such file',
    ]);
  });
});

describe('links of the site', () => {
  it('lead to pages, to files beside them, or to the repository', () => {
    expect(siteLink('lab.md', 'theory.md#x').type).toBe('page');
    expect(siteLink('results/capacity.md', 'capacity/capacity-ages.csv').type).toBe('file');
    expect(siteLink('guides/lab.md', '../../src/index.ts#L1')).toEqual({
      href: `${ADDRESS}/blob/main/src/index.ts#L1`,
      type: 'elsewhere',
    });
  });
});

interface Workflow {
  readonly on: unknown;
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<string, { 'runs-on': string; steps: readonly { run?: string; uses?: string }[] }>
  >;
}

const workflows = readdirSync(join(ROOT, '.github/workflows')).map((name) => {
  const at = `.github/workflows/${name}`;
  // The cast: a form that the test below checks.
  return { at, workflow: parse(readFileSync(join(ROOT, at), 'utf8')) as Workflow };
});
const steps = workflows.flatMap(({ at, workflow }) =>
  Object.values(workflow.jobs).flatMap((job) => job.steps.map((step) => ({ at, ...step }))),
);

it('workflows have triggers, permissions, machines, and steps that run or use something of a version', () => {
  for (const { at, workflow } of workflows) {
    expect([at, workflow.on !== undefined, 'contents' in workflow.permissions]).toEqual([at, true, true]);
    for (const job of Object.values(workflow.jobs))
      expect(job['runs-on']).toMatch(/-latest$|^\$\{\{ matrix\.os/);
  }
  expect(
    steps.filter(({ run, uses = '' }) => run === undefined && !/^[\w-]+\/[\w-]+@v\d+$/.test(uses)),
  ).toEqual([]);
});

describe('shell blocks', () => {
  // The cast: our own package.json.
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const pictures = readdirSync(join(ROOT, 'docs/pictures')).map((name) => {
    const [, code = ''] =
      /<desc>([^]*?)<\/desc>/.exec(readFileSync(join(ROOT, 'docs/pictures', name), 'utf8')) ?? [];
    return { at: name, code };
  });
  const shell = [
    ...blocks.filter(({ language }) => language === 'sh'),
    ...steps.map(({ at, run = '' }) => ({ at, code: run })),
    ...pictures,
  ];
  // Of project files that pages show.
  const presets = blocks.flatMap(({ code }) =>
    Array.from(code.matchAll(/\bpresets: \{\s*(\w+):/g), ([, name = '']) => name),
  );
  const commands = shell.flatMap(({ at, code }) => commandsIn(code).map((words) => ({ at, words })));

  it('have commands that the command line takes', async () => {
    expect(commands.filter(({ words }) => words.includes('pavlov')).length).toBeGreaterThan(40);
    expect(pictures.filter(({ code }) => !code.startsWith('pavlov '))).toEqual([]);
    const faults: string[] = [];
    for (const { at, words } of commands) {
      const fault = await faultOf(words, { scripts, presets });
      if (fault !== undefined) faults.push(`${at}: ${words.join(' ')}: ${fault}`);
    }
    expect(faults).toEqual([]);
  });

  it('would not pass with a wrong verb, flag, value, setting, script or file', async () => {
    const wrong = `
      npx pavlov trian
      npx pavlov train --ruel delta # typed fast
      A=b pavlov recall --seeds none && npm run biuld
      pavlov train --set train.rows=1 > log.txt
      pavlov recall --task mqar --vary task.settings.pear=1,2 \\
        --set train.samples=10
      npx tsx scripts/absent.ts "x # y"`;
    const faults = await Promise.all(commandsIn(wrong).map((words) => faultOf(words, { scripts })));
    expect(faults.map((fault) => fault?.slice(0, 200))).toMatchObject([
      expect.stringContaining('trian'),
      expect.stringContaining('--ruel'),
      expect.stringContaining('--seeds'),
      'no script biuld',
      expect.stringContaining('train.rows'),
      expect.stringContaining('pear'),
      'no file scripts/absent.ts',
    ]);
  });
});

/** Reads a block of settings as the program would. */
async function checkConfigBlock({ at, language, code }: Block): Promise<void> {
  const value: unknown = language === 'json' ? JSON.parse(code) : parse(code);
  const has = (name: string): boolean => typeof value === 'object' && value !== null && name in value;
  if (has('phases')) parseExperiment(code, at);
  const file = join(mkdtempSync(join(tmpdir(), 'pavlov-docs-')), `config.${language}`);
  writeFileSync(file, code);
  if (has('task')) await resolveTaskConfig({ task: 'icl-classification', preset: 'smoke', file });
  else if (has('model') || has('train') || has('optimizer')) await resolveConfig({ file });
}

describe('blocks of settings', () => {
  const settings = blocks.filter(({ language }) => language === 'json' || language === 'yaml');

  it.each(settings.map((block) => [block.at, block] as const))('%s passes the schema', async (_at, block) => {
    await expect(checkConfigBlock(block)).resolves.toBeUndefined();
  });

  it('would not pass with a setting that is not there', async () => {
    const block = { at: 'x', marks: [], language: 'yaml', code: 'model: { rull: delta }' };
    await expect(checkConfigBlock(block)).rejects.toThrow('rull');
  });
});

it('blocks have languages that are checked, or of other programs', () => {
  const known = ['sh', 'ts', 'js', 'json', 'yaml', 'text', 'python', ''];
  expect(blocks.filter(({ language }) => !known.includes(language)).map(({ at }) => at)).toEqual([]);
});

it('blocks of JavaScript, which other programs run, have no fault of syntax', () => {
  const faults = blocks.flatMap(({ at, language, code }) =>
    language === 'js'
      ? (ts.transpileModule(code, { reportDiagnostics: true }).diagnostics ?? []).map(() => at)
      : [],
  );
  expect(faults).toEqual([]);
});
