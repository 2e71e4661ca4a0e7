import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import nodeModule from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { JsonObject } from '../src/checkpoint/manifest.js';
import { CheckpointError, ConfigError, PavlovError } from '../src/core/errors.js';
import type { LearningRule } from '../src/rules/contract.js';
import { valueAt } from '../src/core/valueAt.js';
import { isRulePath, type LoadedRule, type RuleFile } from '../train/config/ruleFile.js';
import type { Output } from './output.js';
import { RULE_MARK, TRUSTED, type HookData, type ImportedFile } from './ruleMark.js';
import { addTrust, readTrust, trustFile, type RuleTrust } from './ruleTrust.js';

/** Files read in this process, by absolute path. */
const loaded = new Map<string, LoadedRule>();
/** Every file that the user's own choice of a rule has imported, with its hash. */
const named = new Map<string, string>();
let hooks: Promise<Hooks> | undefined;

interface Hooks {
  readonly trust: RuleTrust;
  /** The files that were imported since it was last asked. */
  readonly imported: () => readonly ImportedFile[];
}

/** Why a file may be run: the user named it, or its content was trained with on this machine. */
type Grounds = 'named' | 'trusted';

/**
 * Reads a rule from a file and registers it: `--rule ./my-rule.ts`. With a hash the file was named by a grid whose
 * user named it.
 *
 * @throws ConfigError when there is no such file, its content is not that of the hash, it does not load, or what
 *   it exports is no rule.
 */
export async function loadRule(path: string, sha256?: string): Promise<LoadedRule> {
  return load(path, sha256, () => 'named');
}

/** Decides, before the code of a file runs, on what grounds it may. */
type Admit = (hash: string, trust: RuleTrust) => Grounds;

async function load(path: string, sha256: string | undefined, admit: Admit): Promise<LoadedRule> {
  const content = await readRuleFile(path);
  const hash = createHash('sha256').update(content).digest('hex');
  if (sha256 !== undefined && hash !== sha256) {
    throw new ConfigError(
      `rule file ${path}: expected the content it had (SHA-256 ${sha256.slice(0, 12)}), got another (${hash.slice(0, 12)}); restore it, or give it as the rule to take it as it is now`,
    );
  }
  const absolute = resolve(path);
  const before = loaded.get(absolute);
  if (before?.file.sha256 === hash) return before;
  hooks ??= hookImports(path);
  const { trust, imported } = await hooks;
  const grounds = admit(hash, trust);
  const { name } = await register(path, await importRule(path, hash, grounds));
  const files = imported();
  if (grounds === 'named') for (const [file, content256] of files) named.set(file, content256);
  const rule = { name, file: { path, sha256: hash } };
  loaded.set(absolute, rule);
  return rule;
}

/**
 * A loader for the rule file that a config file or a checkpoint names, which may come from anybody: its code runs only
 * when the very content was trained with on this machine, and is said before it does.
 *
 * @throws ConfigError when it was not, beside the reasons of `loadRule`.
 */
export function savedRuleLoader(
  output: Pick<Output, 'note'>,
): (path: string, sha256?: string) => Promise<LoadedRule> {
  return (path, sha256) =>
    load(path, sha256, (hash, { hashes, fault }) => {
      if (hashes.has(hash)) {
        output.note(`running the rule file ${resolve(path)}, which was trained with on this machine`);
        return 'trusted';
      }
      const why =
        fault === undefined ? `${trustFile()} does not list it` : `it is not known whether it was: ${fault}`;
      throw new ConfigError(
        `rule file ${path}: expected code that was trained with on this machine, got another (${why}); read ${resolve(path)}, which could do anything, and name it with --rule to run it`,
      );
    });
}

/** Remembers the rules that the user named, now that they are trained with. */
export async function trustNamedRules(output: Pick<Output, 'note'>): Promise<void> {
  const fault = named.size > 0 ? await addTrust(named) : undefined;
  if (fault !== undefined) output.note(`${fault}: verbs that open this run will need --rule`);
}

/** The name of a rule that is given by its name or as a file, which is then registered. */
export async function ruleName(given: string): Promise<string> {
  return isRulePath(given) ? (await loadRule(given)).name : given;
}

async function readRuleFile(path: string): Promise<Uint8Array> {
  if (!/\.m?[jt]s$/.test(path)) {
    throw new ConfigError(
      `rule file ${path}: expected a file that ends in .ts, .mts, .js or .mjs; rename it, or give the name of a rule`,
    );
  }
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new ConfigError(
      `rule file ${path}: expected a readable file, got ${reason} at ${resolve(path)}; check the path`,
      { cause },
    );
  }
}

/** What the file exports as its default. */
async function importRule(path: string, hash: string, grounds: Grounds): Promise<unknown> {
  const mark = `${RULE_MARK}${hash}${grounds === 'trusted' ? TRUSTED : ''}`;
  const url = `${pathToFileURL(resolve(path)).href}${mark}`;
  let module: object;
  try {
    module = (await import(url)) as object; // a module namespace
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const advice =
      grounds === 'named'
        ? 'it must be an ES module, in TypeScript without enums and namespaces'
        : 'name it with --rule to run it all the same';
    throw new ConfigError(`rule file ${path}: expected a module that loads, got ${reason}; ${advice}`, {
      cause: error,
    });
  }
  if ('default' in module) return module.default;
  throw new ConfigError(
    `rule file ${path}: expected a rule as the default export, got ${Object.keys(module).join(', ') || 'no exports'}; write 'export default' before it`,
  );
}

/** Makes rule files importable, in TypeScript too, with this very copy of the package as `pavlov-lm`. */
function hookImports(path: string): Promise<Hooks> {
  // Its type is that of later versions of Node.
  const { register } = nodeModule as Partial<typeof nodeModule>;
  if (!register) {
    throw new ConfigError(
      `rule file ${path}: expected Node 20.6 or later, which can load rules from files, got ${process.version}; update Node, or pass the rule to registerRule in a script of your own`,
    );
  }
  return registerHooks(register);
}

async function registerHooks(register: (typeof nodeModule)['register']): Promise<Hooks> {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const rooms = {
    '': 'src',
    '/data': 'data',
    '/train': 'train',
    '/eval': 'eval',
    '/experiments': 'experiments',
    '/report': 'report',
    '/export': 'export',
  };
  const entries = Object.fromEntries(
    Object.entries(rooms).map(([entry, room]) => {
      return [`pavlov-lm${entry}`, new URL(`../${room}/index.${ending}`, import.meta.url).href];
    }),
  );
  const trust = await readTrust();
  const { port1, port2 } = new MessageChannel();
  const data: HookData = { entries, trusted: trust.hashes, port: port2 };
  register(new URL(`./ruleHooks.${ending}`, import.meta.url), { data, transferList: [port2] });
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
 * Registers what a file exports, guarded: its faults are told as those of the file.
 *
 * @throws ConfigError with the file, for what is no rule or has the name of another.
 */
async function register(path: string, exported: unknown): Promise<LearningRule> {
  const { ruleRegistry } = await import('../src/rules/registry.js');
  const { ruleIssues } = await import('../src/rules/ruleIssues.js');
  const { guardRule } = await import('./ruleGuard.js');
  try {
    const isRule = ruleIssues(exported).length === 0;
    return ruleRegistry.register(isRule ? guardRule(exported as LearningRule, path) : exported); // by the check before
  } catch (error) {
    if (!(error instanceof PavlovError)) throw error;
    const lines = error.message.split('\n').map((line) => `rule file ${path}: ${line}`);
    throw new ConfigError(lines.join('\n'), { cause: error });
  }
}

/** A text in a config that was saved; undefined where there is none. */
function textAt(config: JsonObject, group: string, name: string): string | undefined {
  const value = valueAt(config, [group, name]);
  return typeof value === 'string' ? value : undefined;
}

/** The file of a run's rule as its config has it. */
function ruleFileOf(config: JsonObject): RuleFile | undefined {
  const [path, sha256] = [textAt(config, 'ruleFile', 'path'), textAt(config, 'ruleFile', 'sha256')];
  return path === undefined || sha256 === undefined ? undefined : { path, sha256 };
}

/**
 * Makes the rule of a run known before the run is opened, where it came from a file: from where it was, unchanged and
 * only when it was trained with on this machine, or from `given`, as it is now. Gives the file where it was given anew.
 *
 * @throws CheckpointError when the file of the run is gone, has changed or is not trusted; ConfigError when the one given does
 *   not hold the run's rule.
 */
export async function useRuleOf(
  folder: string,
  given: string | undefined,
  output: Pick<Output, 'note'>,
): Promise<RuleFile | undefined> {
  const { loadCheckpointFacts } = await import('../src/checkpoint/store.js');
  const { config } = await loadCheckpointFacts(folder);
  const file = ruleFileOf(config);
  const name = textAt(config, 'model', 'rule') ?? '';
  if (given !== undefined) {
    const rule = await loadRule(given);
    if (rule.name !== name) {
      throw new ConfigError(
        `--rule: expected a file of the run's rule '${name}', got ${given} of the rule '${rule.name}'; leave --rule out or name another file`,
      );
    }
    if (file && rule.file.sha256 !== file.sha256) {
      output.note(`rule file ${given} is not what the run was trained with; it is taken as it is now`);
    }
    return rule.file;
  }
  if (file) await loadSavedRule(folder, file, output);
  return undefined;
}

async function loadSavedRule(
  folder: string,
  { path, sha256 }: RuleFile,
  output: Pick<Output, 'note'>,
): Promise<void> {
  try {
    await savedRuleLoader(output)(path, sha256);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CheckpointError(
      `checkpoint ${folder}: ${error.message}; '--rule <file>' takes another file for the run's rule`,
      { cause: error },
    );
  }
}
