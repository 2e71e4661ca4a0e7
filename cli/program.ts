import { Command, CommanderError } from 'commander';
import { verbs } from './verbs/registry.js';
import { EXIT } from './exitCodes.js';
import { UsageError, usageMessage } from './failure.js';
import { createOutput } from './output.js';
import { ownPackage } from './ownPackage.js';
import type { Act, Verb } from './verbs/contract.js';

/** The words that call a command: `pavlov data info`. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** Turns commander's exits into errors of ours; help and version are ends without fault. */
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
      finish((await body({ output: createOutput(json) }, ...args)) ?? EXIT.done);
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
    .addHelpText('after', `\nExample:\n  $ pavlov train --preset smoke`);
  for (const verb of verbs) addVerb(program, verb, finish);
  takeExits(program);
  return program;
}

/**
 * Runs one command line and gives its exit code.
 *
 * @throws UsageError for a command line that cannot be read, and whatever the verb throws.
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  try {
    await createProgram((code) => (exitCode = code)).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.done : EXIT.user;
  }
  return exitCode;
}
