import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { createProgram } from '../../cli/program.js';
import { TASK_PRESETS } from '../../data/index.js';
import { ROOT } from '../../scripts/docs/site.js';
import { rules } from '../../src/rules/registry.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';
import { resolveTaskConfig } from '../../train/tasks/resolveTaskConfig.js';

/** The commands of a shell block as words: continued lines joined, without comments, prompts and redirections. */
export function commandsIn(code: string): string[][] {
  const lines = code.replaceAll(/\\\n\s*/g, ' ').split('\n');
  return lines.flatMap((line) =>
    line
      .replace(/^\$ /, '')
      .replace(/(^|\s)#.*$/, '')
      .split(/\s*(?:&&|\|\|?|;)\s*/)
      .map(wordsOf)
      .filter((words) => words.length > 0),
  );
}

function wordsOf(command: string): string[] {
  const words = Array.from(command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g), ([word]) =>
    word.replaceAll(/["']/g, ''),
  );
  const redirected = words.findIndex((word) => /^\d?>/.test(word));
  const said = redirected < 0 ? words : words.slice(0, redirected);
  const start = said.findIndex((word) => !/^[A-Z_]+=/.test(word));
  return start < 0 ? [] : said.slice(start);
}

/** What the commands of a page may name. */
export interface Known {
  /** Of package.json. */
  readonly scripts: object;
  /** That a project file on the page defines. */
  readonly presets?: readonly string[];
}

/** What is wrong with one command of a page; nothing where it is none of ours. */
export async function faultOf(words: readonly string[], known: Known): Promise<string | undefined> {
  const [first, ...rest] =
    words[0] === 'npx' ? words.slice(1).filter((word) => word !== '--no-install') : words;
  if (first === 'pavlov') return pavlovFault(rest, known);
  if (first === 'npm') {
    const name = rest[0] === 'run' ? rest.find((word, i) => i > 0 && !word.startsWith('-')) : rest[0];
    const isOwn = rest[0] === 'run' || name === 'start' || name === 'test';
    return !isOwn || (name !== undefined && name in known.scripts) ? undefined : `no script ${String(name)}`;
  }
  const isFile = first === 'tsx' || first === 'node' || first === 'vitest';
  const files = isFile ? rest.filter((word) => /^(bench|cli|examples|scripts|test)\//.test(word)) : [];
  return files.filter((file) => !existsSync(join(ROOT, file))).map((file) => `no file ${file}`)[0];
}

interface Flags {
  readonly preset?: string;
  /** One name; in some verbs several with commas between, which each config has one of. */
  readonly like?: string;
  readonly task?: string | readonly string[];
  /** Likewise; settings of rules are checked with the first of them. */
  readonly rule?: string | readonly string[];
  readonly set?: readonly string[];
  readonly vary?: readonly string[];
}

/** What the real command line says of the words, without running them. */
async function pavlovFault(words: readonly string[], { presets = [] }: Known): Promise<string | undefined> {
  let found: { verb: string; flags: Flags } | undefined;
  const disarm = (command: Command): void => {
    command.configureOutput({ writeOut: () => undefined });
    command.commands.forEach(disarm);
    if (command.commands.length > 0) return;
    command.action(() => {
      found = { verb: command.name(), flags: command.opts() };
    });
  };
  const program = createProgram(() => undefined);
  disarm(program);
  try {
    program.parse(words, { from: 'user' });
    if (found && !presets.includes(found.flags.preset ?? '')) {
      const { task } = found.flags;
      for (const one of typeof task === 'object' ? task : [task]) {
        await checkSettings(found.verb, { ...found.flags, task: one });
      }
    }
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Resolves the config that the settings make, where a verb takes any. Files of the reader's own are not there. */
async function checkSettings(
  verb: string,
  {
    preset,
    like,
    task,
    rule = [],
    set = [],
    vary = [],
  }: Omit<Flags, 'task'> & {
    readonly task: string | undefined;
  },
): Promise<void> {
  if (task?.startsWith('./')) return;
  const ruled = [rule]
    .flat()
    .flatMap((names) => names.split(','))
    .filter((name) => Object.hasOwn(rules, name));
  const sets = [
    ...ruled.slice(0, 1).map((name) => `model.rule=${name}`),
    ...set,
    ...vary.map((one) => one.split(',')[0] ?? ''),
  ].filter((one) => !one.includes('./'));
  if (task === undefined || task === 'stories') {
    const [first] = typeof like === 'string' ? like.split(',') : [];
    const request = {
      sets,
      ...(preset !== undefined && { preset }),
      ...(first !== undefined && { like: first }),
    };
    if (['train', 'config', 'bench', 'compare'].includes(verb)) await resolveConfig(request);
    return;
  }
  const known = TASK_PRESETS.find((name) => name === (preset ?? 'smoke'));
  if (known === undefined)
    throw new Error(`--preset: expected one of ${TASK_PRESETS.join(', ')}, got '${preset}'`);
  await resolveTaskConfig({ sets, task, preset: known });
}
