import { readFile } from 'node:fs/promises';
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/wasm-typescript';
import { RULE_MARK } from './ruleMark.js';

/** What the loader tells these hooks, which run on a thread of their own. */
export interface HookData {
  /** Where each public entry of this package is: `pavlov-lm` to the URL that this process uses. */
  readonly entries: Readonly<Record<string, string>>;
}

let entries: HookData['entries'] = {};

export const initialize: InitializeHook<HookData> = (data) => {
  entries = data.entries;
};

/** The package's own name is the copy that runs, wherever the rule's file lies: two copies share no tensors. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const own = Object.hasOwn(entries, specifier) ? entries[specifier] : undefined;
  if (own !== undefined) return next(own, context);
  const found = await next(specifier, context);
  const mark = context.parentURL?.indexOf(RULE_MARK) ?? -1;
  if (mark < 0 || !specifier.startsWith('.') || !isTypeScript(found.url)) return found;
  return { ...found, url: `${found.url}${context.parentURL?.slice(mark) ?? ''}` };
};

/** A module of a rule as JavaScript: types become blanks, so that lines and columns stay. */
export const load: LoadHook = async (url, context, next) => {
  const [file = '', mark] = url.split(RULE_MARK);
  if (mark === undefined) return next(url, context);
  const text = await readFile(fileURLToPath(file), 'utf8');
  const source = isTypeScript(file) ? stripTypes(text, fileURLToPath(file)) : text;
  return { format: 'module', source, shortCircuit: true };
};

function isTypeScript(url: string): boolean {
  return /\.m?ts$/.test(url);
}

function stripTypes(text: string, filename: string): string {
  try {
    return transformSync(text, { mode: 'strip-only', module: true, filename }).code;
  } catch (error) {
    throw new SyntaxError(syntaxMessage(error, filename));
  }
}

/** The stripper throws plain objects with a message and a place. */
function syntaxMessage(error: unknown, filename: string): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const { startLine = '?', startColumn = 0 } = error as { startLine?: number; startColumn?: number }; // both may be absent
  return `${filename}:${startLine}:${startColumn + 1}: ${String(error.message)}`;
}
