import { createHash } from 'node:crypto';
import nodeModule from 'node:module';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { ConfigError, PavlovError } from '../../src/core/errors.js';
import { ownModule } from '../../src/core/ownPackage.js';
import type { PlugInKind } from '../../src/core/registry.js';
import { isPlugInPath, type PlugInFile, type PlugInLoader } from '../../train/config/plugIns.js';
import type { Output } from '../output.js';
import { whileAwaited } from './fault.js';
import { guardPlugIn } from './guard.js';
import { kinds } from './kinds.js';
import { MARK, TRUSTED, type HookData, type ImportedFile } from './mark.js';
import { addTrust, readTrust, trustFile, type Trust } from './trust.js';
import { readWhole } from '../../src/core/wholeFile.js';

/** A file that was read in this process. */
interface LoadedFile {
  readonly sha256: string;
  readonly plugIns: readonly PlugInFile[];
}

/** Files read in this process, by absolute path. */
const loaded = new Map<string, LoadedFile>();
/** Where the plug-ins that were read came from, by kind and name. */
const origins = new Map<string, PlugInFile>();
/** Every file that the user's own choice of a plug-in has imported, with its hash. */
const named = new Map<string, string>();
let hooks: Promise<Hooks> | undefined;

interface Hooks {
  readonly trust: Trust;
  /** The files that were imported since it was last asked. */
  readonly imported: () => readonly ImportedFile[];
}

/** Why a file may be run: the user named it, or its content was trained with on this machine. */
type Grounds = 'named' | 'trusted';

/** Decides, before the code of a file runs, on what grounds it may. */
type Admit = (hash: string, trust: Trust) => Grounds;

/** What is to be read. */
interface Wanted {
  /** How messages call the file: `gate file ./g.ts`. */
  readonly what: string;
  readonly path: string;
  /** Of the content that it must have. */
  readonly sha256?: string | undefined;
  readonly admit: Admit;
  /** The option that names such a file. */
  readonly flag: string;
  /** Registers what the file exports as its default. */
  readonly take: (exported: unknown) => Promise<readonly Pick<PlugInFile, 'kind' | 'name'>[]>;
}

const keyOf = ({ kind, name }: Pick<PlugInFile, 'kind' | 'name'>): string => `${kind} ${name}`;

/** Files that hold plug-ins of several kinds, by their name alone. */
export const PROJECT_FILE = /^pavlov\.config\.m?[jt]s$/;

async function load(wanted: Wanted): Promise<LoadedFile> {
  const { what, path, sha256 } = wanted;
  const content = await readPlugIn(wanted);
  const hash = createHash('sha256').update(content).digest('hex');
  if (sha256 !== undefined && hash !== sha256) {
    throw new ConfigError(
      `${what}: expected the content it had (SHA-256 ${sha256.slice(0, 12)}), got another (${hash.slice(0, 12)}); restore it, or name it with ${wanted.flag} to take it as it is now`,
    );
  }
  const absolute = resolve(path);
  const before = loaded.get(absolute);
  if (before?.sha256 === hash) return before;
  hooks ??= hookImports(what);
  const { trust, imported } = await hooks;
  const grounds = wanted.admit(hash, trust);
  const registered = await wanted.take(await importDefault(wanted, hash, grounds));
  const files = imported();
  if (grounds === 'named') for (const [file, content256] of files) named.set(file, content256);
  const plugIns = registered.map(({ kind, name }) => ({ kind, name, path, sha256: hash }));
  for (const plugIn of plugIns) origins.set(keyOf(plugIn), plugIn);
  const file = { sha256: hash, plugIns };
  loaded.set(absolute, file);
  return file;
}

const byName: Admit = () => 'named';

/**
 * Reads the plug-in of a kind from a file that the user named, and registers it: `--gate ./my-gate.ts`. With a hash
 * the file was named by a grid whose user named it.
 *
 * @throws ConfigError when there is no such file, its content is not that of the hash, it does not load, or what it
 *   exports is none of the kind.
 */
export async function loadPlugIn(
  kind: PlugInKind,
  path: string,
  { sha256, name, admit = byName }: { sha256?: string; name?: string; admit?: Admit } = {},
): Promise<PlugInFile> {
  const isProject = PROJECT_FILE.test(basename(path));
  const what = isProject ? `project file ${path}` : `${kind} file ${path}`;
  const flag = `--${kinds[kind].flag}`;
  const take = isProject
    ? takeProject(path)
    : async (exported: unknown) => [{ kind, name: await register(kind, path, exported) }];
  const { plugIns } = await load({ what, path, sha256, admit, flag, take });
  const found = plugIns.filter((plugIn) => {
    return plugIn.kind === kind && (name === undefined ? !isProject : plugIn.name === name);
  });
  const [one] = found;
  if (one) return one;
  const held = plugIns.map(keyOf).join(', ') || 'nothing';
  const wanted = name === undefined ? `one ${kind}` : `the ${kind} '${name}'`;
  throw new ConfigError(
    `${what}: expected ${wanted}, got ${held}; name another file, or a ${kind} by its name`,
  );
}

/** The plug-ins of a project file, which the user put in the folder that they work in. */
export async function loadProjectFile(path: string): Promise<readonly PlugInFile[]> {
  const what = `project file ${path}`;
  return (await load({ what, path, admit: byName, flag: 'a new run', take: takeProject(path) })).plugIns;
}

function takeProject(path: string): Wanted['take'] {
  return async (exported) => {
    const { plugInsIn, projectIssues, usePresets } = await import('./project.js');
    const issues = projectIssues(exported);
    if (issues.length > 0) {
      throw new ConfigError(issues.map((issue) => `project file ${path}: ${issue}`).join('\n'));
    }
    usePresets(exported);
    const found: Pick<PlugInFile, 'kind' | 'name'>[] = [];
    for (const [kind, plugIn] of plugInsIn(exported)) {
      found.push({ kind, name: await register(kind, path, plugIn) });
    }
    return found;
  };
}

/**
 * Admits a file that a config file or a checkpoint names, which may come from anybody: its code runs only when the very
 * content was trained with on this machine, and is said before it does.
 */
function ifTrusted(kind: PlugInKind, path: string, output: Pick<Output, 'note'>): Admit {
  return (hash, { hashes, fault }) => {
    const absolute = resolve(path);
    if (hashes.has(hash)) {
      output.note(`running the ${kind} file ${absolute}, which was trained with on this machine`);
      return 'trusted';
    }
    const why =
      fault === undefined ? `${trustFile()} does not list it` : `it is not known whether it was: ${fault}`;
    throw new ConfigError(
      `${kind} file ${path}: expected code that was trained with on this machine, got another (${why}); read ${absolute}, which could do anything, and name it with --${kinds[kind].flag} to run it`,
    );
  };
}

/** What reads plug-ins for configs: what the user names at once, what only a file names when it is trusted. */
export function plugInLoader(output: Pick<Output, 'note'>): PlugInLoader {
  const told = new Set<PlugInFile>();
  const origin: PlugInLoader['origin'] = (kind, name) => origins.get(keyOf({ kind, name }));
  return {
    origin,
    load: async (kind, path, isSaved) =>
      loadPlugIn(kind, path, isSaved ? { admit: ifTrusted(kind, path, output) } : {}),
    restore: async (file) => {
      const { kind, name, path, sha256 } = file;
      const known = origin(kind, name);
      if (known && known.sha256 !== sha256 && !told.has(known)) {
        told.add(known);
        output.note(
          `the ${kind} '${name}' of ${known.path} is not what the run was trained with; it is taken as it is now`,
        );
      }
      return known ?? loadPlugIn(kind, path, { name, sha256, admit: ifTrusted(kind, path, output) });
    },
  };
}

/** Remembers the plug-ins that the user named, now that they are trained with. */
export async function trustNamedPlugIns(output: Pick<Output, 'note'>): Promise<void> {
  const fault = named.size > 0 ? await addTrust(named) : undefined;
  if (fault !== undefined) {
    output.note(`${fault}: verbs that open this run will need the files named again`);
  }
}

/** The name of a part that is given by its name or as a file, which is then registered. */
export async function plugInName(kind: PlugInKind, given: string): Promise<string> {
  return isPlugInPath(given) ? (await loadPlugIn(kind, given)).name : given;
}

/** Of a plug-in's file. */
const MOST_BYTES = 16e6;

async function readPlugIn({ what, path }: Wanted): Promise<Uint8Array> {
  if (!/\.m?[jt]s$/.test(path)) {
    throw new ConfigError(
      `${what}: expected a file that ends in .ts, .mts, .js or .mjs; rename it, or give the name of what is registered`,
    );
  }
  try {
    return await readWhole(path, MOST_BYTES);
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new ConfigError(
      `${what}: expected a readable file, got ${reason} at ${resolve(path)}; check the path`,
      { cause },
    );
  }
}

/** What the file exports as its default. */
async function importDefault({ what, path, flag }: Wanted, hash: string, grounds: Grounds): Promise<unknown> {
  const mark = `${MARK}${hash}${grounds === 'trusted' ? TRUSTED : ''}`;
  const url = `${pathToFileURL(resolve(path)).href}${mark}`;
  let module: object;
  try {
    module = (await whileAwaited(what, import(url))) as object; // a module namespace
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const advice =
      grounds === 'named'
        ? 'it must be an ES module, in TypeScript without enums and namespaces'
        : `name it with ${flag} to run it all the same`;
    throw new ConfigError(`${what}: expected a module that loads, got ${reason}; ${advice}`, {
      cause: error,
    });
  }
  if ('default' in module) return module.default;
  throw new ConfigError(
    `${what}: expected a default export, got ${Object.keys(module).join(', ') || 'no exports'}; write 'export default' before what it is`,
  );
}

/** Makes files of plug-ins importable, in TypeScript too, with this very copy of the package as `pavlov-lm`. */
function hookImports(what: string): Promise<Hooks> {
  // Its type is that of later versions of Node.
  const { register: registerHook } = nodeModule as Partial<typeof nodeModule>;
  if (!registerHook) {
    throw new ConfigError(
      `${what}: expected Node 20.6 or later, which can load code of yours from files, got ${process.version}; update Node, or register it in a script of your own`,
    );
  }
  return registerHooks(registerHook);
}

async function registerHooks(registerHook: (typeof nodeModule)['register']): Promise<Hooks> {
  const rooms = {
    '': 'src',
    '/data': 'data',
    '/train': 'train',
    '/eval': 'eval',
    '/experiments': 'experiments',
    '/api': 'api',
    '/report': 'report',
    '/export': 'export',
  };
  const entries = Object.fromEntries(
    Object.entries(rooms).map(([entry, room]) => [`pavlov-lm${entry}`, ownModule(`${room}/index`).href]),
  );
  process.abort = () => {
    throw new Error('process.abort() was called');
  };
  const trust = await readTrust();
  const { port1, port2 } = new MessageChannel();
  const data: HookData = { entries, trusted: trust.hashes, port: port2 };
  registerHook(ownModule('cli/plugIns/hooks'), { data, transferList: [port2] });
  const imported = (): ImportedFile[] => {
    const files: ImportedFile[] = [];
    for (let one = receiveMessageOnPort(port1); one; one = receiveMessageOnPort(port1)) {
      files.push(one.message as ImportedFile); // what the hooks post
    }
    return files;
  };
  return { trust, imported };
}

/**
 * Registers what a file exports, guarded: its faults are told as those of the file. Gives its name.
 *
 * @throws ConfigError with the file, for what is none of the kind or has the name of another.
 */
async function register(kind: PlugInKind, path: string, exported: unknown): Promise<string> {
  const { registry, results, passes } = kinds[kind];
  const { issues, register: add } = await registry();
  try {
    if (issues(exported).length > 0) return add(exported).name; // throws them
    const how = { kind, path, results: await results(), passes };
    return add(guardPlugIn(exported as object, how)).name; // by the check before
  } catch (error) {
    if (!(error instanceof PavlovError)) throw error;
    const lines = error.message.split('\n').map((line) => `the ${kind} of ${path}: ${line}`);
    throw new ConfigError(lines.join('\n'), { cause: error });
  }
}
