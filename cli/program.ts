import { Command, CommanderError } from 'commander';
import { suggest } from '../src/core/errors.js';
import { verbs } from './verbs/registry.js';
import { explain, reportAdvice, UsageError, usageMessage } from './failure.js';
import { createOutput } from './output.js';
import { ownPackage } from '../src/core/ownPackage.js';
import { breakSilence } from './silence.js';
import { toJson } from '../report/json.js';
import { visible } from '../src/core/visible.js';
import { EXIT, type Act, type Verb } from './verbs/contract.js';

/** What the exit codes mean, for the help of the program. */
const EXIT_HELP =
  'Exit codes: 0 done, 1 internal error, 2 usage or config error, 3 missing or corrupt data or checkpoint,\n' +
  '            4 non-finite loss, 130 interrupted';

/** The words that call a command: `pavlov data info`. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** Turns commander's exits into usage errors; help and version end without one. */
function takeExits(command: Command): void {
  command.exitOverride((error: CommanderError) => {
    if (error.exitCode === 0 || error.code === 'commander.help') throw error;
    throw new UsageError(usageMessage(error, pathOf(command)));
  });
  command.configureOutput({ outputError: () => undefined });
  command.allowExcessArguments(false).showSuggestionAfterError(true);
  for (const child of command.commands) takeExits(child);
}

function addVerb(program: Command, verb: Verb, finish: (code: number) => void): void {
  const command = program.command(verb.name).summary(verb.summary).description(verb.summary);
  const act: Act =
    (body) =>
    async (...args) => {
      const json = args.some((arg) => arg instanceof Command && arg.opts<{ json?: boolean }>().json === true);
      const output = createOutput(json);
      const end = breakSilence(output);
      try {
        if (verb.usesProject === true) await (await import('./plugIns/project.js')).useProjectFile(output);
        finish((await body({ output }, ...args)) ?? EXIT.done);
      } finally {
        end();
      }
    };
  verb.define(command, act);
  command.addHelpText('after', `\nExample:\n  $ ${verb.example}`);
}

/** The whole command line; `finish` hears the exit code of the verb that ran. */
export function createProgram(finish: (code: number) => void): Command {
  const program = new Command('pavlov')
    .description('Train and examine small language models of conditioning heads.')
    .version(ownPackage().version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `\nExample:\n  $ pavlov train --preset smoke\n\n${EXIT_HELP}`);
  for (const verb of verbs) addVerb(program, verb, finish);
  takeExits(program);
  return program;
}

/**
 * Refuses help on a command that is not there, which commander answers with help on all of them.
 *
 * @throws UsageError.
 */
function checkHelp(program: Command, args: readonly string[]): void {
  let command = program;
  const names = args.filter((arg) => arg !== 'help');
  if (names.length === args.length) return;
  for (const name of names) {
    if (name.startsWith('-') || command.commands.length === 0) return;
    const child = command.commands.find((one) => one.name() === name);
    if (!child) {
      const near = suggest(
        name,
        command.commands.map((one) => one.name()),
      );
      const advice = near === '' ? `; run '${pathOf(command)} --help'` : near;
      throw new UsageError(`${pathOf(command)} help: unknown command '${name}'${advice}`);
    }
    command = child;
  }
}

/** Reports what a verb threw; the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  const { code, message, exitCode } = explain(error);
  if (json) process.stdout.write(toJson({ error: { code, message } }));
  process.stderr.write(`${visible(message)}\n`);
  if (exitCode === EXIT.ours)
    process.stderr.write(`${reportAdvice()}
`);
  return exitCode;
}

/** Runs one command line, reports what goes wrong, and gives the exit code. */
export async function execute(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  try {
    const program = createProgram((code) => (exitCode = code));
    checkHelp(program, args);
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version end as an error of the parser, too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.user;
    return reportFailure(error, args.includes('--json'));
  }
}
