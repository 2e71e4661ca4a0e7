import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isBuiltin, type InitializeHook, type LoadHook, type ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/wasm-typescript';
import { MARK, TRUSTED, type HookData, type ImportedFile } from './mark.js';

let hooks: HookData | undefined;
/** URLs of the plug-ins' own files. */
const roots = new Set<string>();

export const initialize: InitializeHook<HookData> = (data) => {
  hooks = data;
};

/** The package's own name is the copy that runs, wherever the file of the plug-in lies: two copies share no tensors. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const entries = hooks?.entries ?? {};
  const own = Object.hasOwn(entries, specifier) ? entries[specifier] : undefined;
  if (own !== undefined) return next(own, context);
  const found = await next(specifier, context);
  const mark = markOf(context.parentURL);
  if (mark === undefined) {
    if (markOf(found.url) !== undefined) roots.add(found.url);
    return found;
  }
  if (isBuiltin(specifier)) return found;
  if (/^\.{0,2}\//.test(specifier)) return { ...found, url: `${found.url}${MARK}${mark}` };
  if (!mark.endsWith(TRUSTED)) return found;
  throw new Error(`it imports '${specifier}', which is not checked`);
};

function markOf(url: string | undefined): string | undefined {
  return url?.split(MARK)[1];
}

/** A module of a plug-in as JavaScript: types become blanks, so that lines and columns stay. */
export const load: LoadHook = async (url, context, next) => {
  const [file = '', mark] = url.split(MARK);
  if (mark === undefined) return next(url, context);
  const path = fileURLToPath(file);
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const isRoot = roots.has(url);
  if (isRoot && !mark.startsWith(sha256)) throw new Error('another content than a moment ago');
  const isTrusting = mark.endsWith(TRUSTED);
  if (isTrusting && !isRoot && !hooks?.trusted.has(sha256)) {
    throw new Error(`it imports ${path}, which was not trained with on this machine as it is now`);
  }
  hooks?.port.postMessage([path, sha256] satisfies ImportedFile);
  if (isTypeScript(file)) {
    return { format: 'module', source: stripTypes(bytes.toString('utf8'), path), shortCircuit: true };
  }
  // The plug-in's own file is an ES module whatever the package around it says.
  if (isRoot || context.format === 'module') return { format: 'module', source: bytes, shortCircuit: true };
  if (isTrusting) throw new Error(`it imports ${path}, which is no ES module and is not checked`);
  return next(file, context);
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
