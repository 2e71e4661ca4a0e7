import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

/** One import of a file, whatever its syntax. */
export interface ImportFact {
  readonly file: string;
  readonly line: number;
  /** As written: './x.js', 'node:fs', 'zod'. */
  readonly specifier: string;
  /** Path from the repository root for a relative import, else undefined. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

/** A use of something outside the language: `Math.random`, `process.env`, `console`, `new Date`. */
export interface UseFact {
  readonly file: string;
  readonly line: number;
  readonly name: string;
}

export interface SourceFacts {
  readonly imports: readonly ImportFact[];
  readonly uses: readonly UseFact[];
}

const WATCHED_OBJECTS = new Set(['Math', 'Date', 'performance', 'process', 'console', 'globalThis']);
const WATCHED_NAMES = new Set(['console', 'process', 'fetch', 'setTimeout', 'setInterval', 'require']);

/** All TypeScript files below `folder`, as paths from `root` with forward slashes. */
export function sourceFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourceFiles(root, path);
    return /\.[cm]?tsx?$/.test(entry.name) ? [path] : [];
  });
}

function targetOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const absolute = resolve('/', file, '..', specifier).replace(/\.js(x?)$/, '.ts$1');
  return relative('/', absolute).split(sep).join('/');
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) {
    const named = node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : [];
    return node.isTypeOnly || (named.length > 0 && named.every((element) => element.isTypeOnly));
  }
  const clause = node.importClause;
  if (!clause) return false;
  const named =
    clause.namedBindings && ts.isNamedImports(clause.namedBindings) ? clause.namedBindings : undefined;
  const allNamed =
    named !== undefined && named.elements.length > 0 && named.elements.every((e) => e.isTypeOnly);
  const whole = clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return whole || (clause.name === undefined && allNamed);
}

interface FoundImport {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

/** The import a syntax node makes: static, re-export, `import()`, `import('x').T`, `require()`. */
function importOf(node: ts.Node): FoundImport | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
    const specifier = node.moduleSpecifier;
    if (!ts.isStringLiteral(specifier)) return undefined;
    return { specifier: specifier.text, typeOnly: isTypeOnly(node), dynamic: false };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const literal = node.argument.literal;
    if (ts.isStringLiteral(literal)) return { specifier: literal.text, typeOnly: true, dynamic: false };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    const specifier = argument && ts.isStringLiteralLike(argument) ? argument.text : '<computed>';
    return { specifier, typeOnly: false, dynamic: true };
  }
  return undefined;
}

/** True where an identifier stands for the global, not a property, a declaration or a label of that name. */
function isGlobalUse(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isVariableDeclaration(parent)) return parent.initializer === node;
  return ts.isExpressionStatement(parent) || ts.isCallExpression(parent) || ts.isSpreadAssignment(parent);
}

function useOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    return WATCHED_OBJECTS.has(node.expression.text)
      ? `${node.expression.text}.${node.name.text}`
      : undefined;
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Date') {
    return 'new Date';
  }
  if (ts.isIdentifier(node) && WATCHED_NAMES.has(node.text) && isGlobalUse(node)) return node.text;
  return undefined;
}

/** Imports and watched uses of one source text, read with the TypeScript compiler's parser. */
export function readFacts(file: string, text: string): SourceFacts {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const imports: ImportFact[] = [];
  const uses: UseFact[] = [];
  const visit = (node: ts.Node): void => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    const found = importOf(node);
    if (found) imports.push({ file, line, target: targetOf(file, found.specifier), ...found });
    const name = useOf(node);
    if (name !== undefined) uses.push({ file, line, name });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { imports, uses };
}

/** Facts of every file of the folders. */
export function readFolders(root: string, folders: readonly string[]): SourceFacts {
  const files = folders.flatMap((folder) => sourceFiles(root, folder));
  const facts = files.map((file) => readFacts(file, readFileSync(join(root, file), 'utf8')));
  return { imports: facts.flatMap((f) => f.imports), uses: facts.flatMap((f) => f.uses) };
}
