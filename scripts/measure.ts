/**
 * Measures the source by its syntax trees and prints Markdown tables:
 *
 *   npm run measure -- [--base REV] [--rooms]
 *
 * --base also measures the given commit and prints the change; --rooms prints only the lines by room. Product is
 * what is published (src, data, train, eval, experiments, report, export, cli, bench). Counted are:
 *
 * - code lines: lines that hold a token (neither blank nor only comment)
 * - functions: those with a body of statements or an expression, by lines from their first token to their last
 * - one importer: files that exactly one product file imports and that have fewer than 60 lines
 * - mixer tests: comparisons with a mixer's name, `case` of one and `instanceof` of a head, outside src/mixers
 * - literal spreads: `...{ a, b }` in an object; conditional spreads: `...(x && { a })`
 * - cycles: groups of files that import each other, by values and with types
 * - library in cli: code lines of files in cli that touch no terminal, process, argument parser or other process and
 *   import no file of cli that does: what could as well be called from code
 * - a head option: files and places that name `outputGate`
 * - unused exports: what knip reports
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { fileGraph, ROOM_FOLDERS, roomOf } from '../test/support/roomRules.js';
import { readFacts, sourceFiles, type ImportFact } from '../test/support/sourceFacts.js';

const root = new URL('..', import.meta.url).pathname;

/** What the syntax of one file gives. */
interface FileCounts {
  readonly file: string;
  readonly lines: number;
  readonly code: number;
  readonly longest: { readonly name: string; readonly lines: number };
  readonly mixerTests: number;
  readonly literalSpreads: number;
  readonly conditionalSpreads: number;
  readonly optionPlaces: number;
  /** Whether it touches the terminal, the process or other processes. */
  readonly isTerminal: boolean;
  readonly imports: readonly ImportFact[];
}

const MIXER_NAMES = new Set(['conditioning', 'softmax', 'bare', 'linear']);
const TERMINAL_PACKAGES =
  /^(commander|picocolors|cli-table3|node:(child_process|module|worker_threads|tty|readline))$/;

function bare(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ? bare(node.expression) : node;
}

function spreadKind(node: ts.Node): 'literal' | 'conditional' | undefined {
  if (!ts.isSpreadAssignment(node)) return undefined;
  const inner = bare(node.expression);
  if (ts.isObjectLiteralExpression(inner)) return 'literal';
  const branches = ts.isConditionalExpression(inner) ? [inner.whenTrue, inner.whenFalse] : [];
  const operands = ts.isBinaryExpression(inner) ? [inner.right] : branches;
  return operands.some((operand) => ts.isObjectLiteralExpression(bare(operand))) ? 'conditional' : undefined;
}

/** The linear mixer shares its name with a schedule, so the other side must speak of a mixer. */
function namesMixer(node: ts.Node, other: string): boolean {
  if (!ts.isStringLiteral(node) || !MIXER_NAMES.has(node.text)) return false;
  return node.text !== 'linear' || /mixer|head|form|kind/i.test(other);
}

function isMixerTest(node: ts.Node): boolean {
  if (ts.isCaseClause(node)) {
    return namesMixer(node.expression, node.parent.parent.expression.getText());
  }
  if (!ts.isBinaryExpression(node)) return false;
  const { left, right, operatorToken } = node;
  if (operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) return right.getText().endsWith('Head');
  const equality = /^[!=]==?$/.test(operatorToken.getText());
  return equality && (namesMixer(left, right.getText()) || namesMixer(right, left.getText()));
}

function functionName(node: ts.SignatureDeclaration): string {
  const { name, parent } = node;
  if (name) return name.getText();
  const named = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent);
  return named ? parent.name.getText() : '(anonymous)';
}

function countFile(file: string, text: string): FileCounts {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const codeLines = new Set<number>();
  const counts = { mixerTests: 0, literal: 0, conditional: 0, optionPlaces: 0 };
  let longest = { name: '', lines: 0 };
  const visit = (node: ts.Node): void => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const [from, to] = [lineOf(node.getStart(source)), lineOf(node.getEnd())];
    if (node.getChildCount(source) === 0 && node.getEnd() > node.getStart(source)) {
      for (let line = from; line <= to; line++) codeLines.add(line);
    }
    if (ts.isFunctionLike(node) && 'body' in node && node.body && to - from + 1 > longest.lines) {
      longest = { name: `${functionName(node)} in ${file}`, lines: to - from + 1 };
    }
    const spread = spreadKind(node);
    if (spread) counts[spread]++;
    if (isMixerTest(node)) counts.mixerTests++;
    if (ts.isIdentifier(node) && node.text === 'outputGate') counts.optionPlaces++;
    node.getChildren(source).forEach(visit);
  };
  visit(source);
  const { imports, uses } = readFacts(file, text);
  const terminalUse = uses.some(({ name }) => /^(console|process)/.test(name));
  return {
    file,
    lines: text.split('\n').length - 1,
    code: codeLines.size,
    longest,
    mixerTests: file.startsWith('src/mixers/') ? 0 : counts.mixerTests,
    literalSpreads: counts.literal,
    conditionalSpreads: counts.conditional,
    optionPlaces: counts.optionPlaces,
    isTerminal: terminalUse || imports.some(({ specifier }) => TERMINAL_PACKAGES.test(specifier)),
    imports,
  };
}

/** Groups of more than one node that reach each other. */
function cycles(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const reach = (start: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const queue = [...(graph.get(start) ?? [])];
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      queue.push(...(graph.get(node) ?? []));
    }
    return seen;
  };
  const reached = new Map([...graph.keys()].map((node) => [node, reach(node)]));
  const grouped = new Set<string>();
  return [...graph.keys()].flatMap((node) => {
    if (grouped.has(node) || !reached.get(node)?.has(node)) return [];
    const group = [...graph.keys()].filter((x) => reached.get(node)?.has(x) && reached.get(x)?.has(node));
    for (const member of group) grouped.add(member);
    return [group];
  });
}

/** Files of cli that could be called from code: no terminal, and no file of cli with one behind them. */
function libraryInCli(files: readonly FileCounts[]): readonly FileCounts[] {
  const cli = files.filter(({ file }) => file.startsWith('cli/'));
  const terminal = new Set(cli.filter(({ isTerminal }) => isTerminal).map(({ file }) => file));
  for (let before = -1; before !== terminal.size;) {
    before = terminal.size;
    for (const { file, imports } of cli) {
      if (imports.some(({ target, typeOnly }) => !typeOnly && terminal.has(target ?? ''))) terminal.add(file);
    }
  }
  return cli.filter(({ file }) => !terminal.has(file));
}

/** Exports that knip finds unused; undefined where it cannot run. */
function unusedExports(folder: string): number | undefined {
  const { stdout } = spawnSync('npx', ['--no-install', 'knip', '--reporter', 'json', '--no-exit-code'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (!stdout.startsWith('{')) return undefined;
  const { issues } = JSON.parse(stdout) as { issues: { exports?: unknown[]; types?: unknown[] }[] };
  return issues.reduce((n, { exports = [], types = [] }) => n + exports.length + types.length, 0);
}

interface Measures {
  /** Room to files, lines and code lines. */
  readonly rooms: Readonly<Record<string, readonly [number, number, number]>>;
  readonly totals: Readonly<Record<string, number | undefined>>;
  readonly longest: string;
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

/** Of files that two commits share, once: by path and text. */
const counted = new Map<string, FileCounts>();

function filesOf(folder: string, tops: readonly string[]): readonly FileCounts[] {
  const paths = tops
    .filter((top) => existsSync(join(folder, top)))
    .flatMap((top) => sourceFiles(folder, top));
  return paths.map((path) => {
    const text = readFileSync(join(folder, path), 'utf8');
    const key = `${path}\n${text}`;
    const counts = counted.get(key) ?? countFile(path, text);
    counted.set(key, counts);
    return counts;
  });
}

function measure(folder: string, roomsOnly: boolean): Measures {
  const product = filesOf(folder, ROOM_FOLDERS);
  const others = filesOf(folder, ['scripts', 'test']);
  const rooms: Record<string, readonly [number, number, number]> = {};
  const add = (room: string, files: readonly FileCounts[]): void => {
    rooms[room] = [files.length, sumOf(files, ({ lines }) => lines), sumOf(files, ({ code }) => code)];
  };
  for (const room of new Set([...product, ...others].map(({ file }) => roomOf(file)))) {
    add(
      room,
      [...product, ...others].filter(({ file }) => roomOf(file) === room),
    );
  }
  add('product', product);
  if (roomsOnly) return { rooms, totals: {}, longest: '' };
  const imports = product.flatMap((file) => file.imports);
  const importers = (path: string): number => {
    return new Set(imports.filter(({ target }) => target === path).map(({ file }) => file)).size;
  };
  const longest = product.map((file) => file.longest).sort((a, b) => b.lines - a.lines)[0];
  const option = product.filter(({ optionPlaces }) => optionPlaces > 0);
  return {
    rooms,
    longest: longest?.name ?? '',
    totals: {
      'product files': product.length,
      'product lines': sumOf(product, ({ lines }) => lines),
      'longest function': longest?.lines,
      'files under 25 lines': product.filter(({ lines }) => lines < 25).length,
      'files with one importer': product.filter(({ file, lines }) => lines < 60 && importers(file) === 1)
        .length,
      'mixer tests': sumOf(product, (file) => file.mixerTests),
      'literal spreads': sumOf(product, (file) => file.literalSpreads),
      'conditional spreads': sumOf(product, (file) => file.conditionalSpreads),
      'value cycles': cycles(fileGraph(imports)).length,
      'cycles with types': cycles(fileGraph(imports, true)).length,
      'library lines in cli': sumOf(libraryInCli(product), ({ code }) => code),
      'files of a head option': option.length,
      'places of a head option': sumOf(option, (file) => file.optionPlaces),
      'unused exports': unusedExports(folder),
    },
  };
}

/** The files of a commit in a folder of their own, with this checkout's packages. */
function checkedOut(revision: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'pavlov-measure-'));
  const archive = execFileSync('git', ['archive', revision], { cwd: root, maxBuffer: 1 << 28 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const knip = join(root, 'knip.json');
  if (existsSync(knip) && !existsSync(join(folder, 'knip.json'))) cpSync(knip, join(folder, 'knip.json'));
  return folder;
}

/** `1,234 (+12)`. */
function figure(now: number | undefined, before: number | undefined, compared: boolean): string {
  const shown = now === undefined ? 'not measured' : now.toLocaleString('en');
  const change = (now ?? 0) - (before ?? 0);
  if (!compared || (now === undefined && before === undefined)) return shown;
  return `${shown} (${change > 0 ? '+' : ''}${change.toLocaleString('en')})`;
}

function print(now: Measures, before: Measures | undefined): void {
  console.log('| room | files | lines | code lines |\n| --- | --- | --- | --- |');
  const gone = Object.keys(before?.rooms ?? {}).filter((room) => !(room in now.rooms));
  for (const room of [...gone, ...Object.keys(now.rooms)]) {
    const cells = [0, 1, 2].map((i) =>
      figure(now.rooms[room]?.[i] ?? 0, before?.rooms[room]?.[i], before !== undefined),
    );
    console.log(`| ${room} | ${cells.join(' | ')} |`);
  }
  if (Object.keys(now.totals).length === 0) return;
  console.log('\n| measure | value |\n| --- | --- |');
  for (const [name, value] of Object.entries(now.totals)) {
    const note = name === 'longest function' ? `: ${now.longest}` : '';
    console.log(`| ${name} | ${figure(value, before?.totals[name], before !== undefined)}${note} |`);
  }
}

const { values } = parseArgs({
  options: { base: { type: 'string' }, rooms: { type: 'boolean', default: false } },
});
const folder = values.base === undefined ? undefined : checkedOut(values.base);
try {
  print(measure(root, values.rooms), folder === undefined ? undefined : measure(folder, values.rooms));
} finally {
  if (folder !== undefined) rmSync(folder, { recursive: true });
}
