import { createInterface, type Interface } from 'node:readline';
import { onStopSignal } from '../../../experiments/grid/stopSignals.js';
import { ConfigError, PavlovError } from '../../../src/core/errors.js';
import {
  addEngineFlags,
  addPlugInFlags,
  addSamplingFlags,
  type EngineFlags,
  engineOptions,
  type PlugInFlags,
  type SamplingFlags,
  wholeNumber,
} from '../../options.js';
import type { Output } from '../../output.js';
import { waitsForOthers } from '../../silence.js';
import { EXIT, type Context, type Outcome, type Verb } from '../contract.js';
import type { Conversation } from './conversation.js';

interface ChatFlags extends EngineFlags, PlugInFlags, SamplingFlags {
  readonly tokens: number;
  readonly context: number;
  readonly load?: string;
}

const HELP = `What you type is read, and the model goes on with it; it remembers everything, in memories of constant size.
  :save FILE   write the memories to a file
  :load FILE   go on from memories that were saved with this model
  :undo        take the last prompt and its answer back (up to 20)
  :reset       forget everything
  :quit        leave, as Ctrl-D does
  :help        print this
Begin a line with '::' for a text that begins with ':'. Ctrl-C stops the answer; without an answer it leaves.`;

/** What was opened for a conversation. */
interface Room {
  readonly conversation: Conversation;
  /** The hash that says which model a memory is of. */
  readonly model: string;
  readonly output: Output;
}

type Command = (room: Room, argument: string) => Promise<string> | string;

const fileOf = (name: string, argument: string): string => {
  if (argument !== '') return argument;
  throw new ConfigError(`:${name}: expected the name of a file, got none; type ':${name} FILE'`);
};

/** What each command does; gives what it says. */
const commands: Readonly<Record<string, Command>> = {
  save: async ({ conversation, model }, argument) => {
    const { saveState } = await import('./stateFile.js');
    const path = fileOf('save', argument);
    await saveState(path, await conversation.state(), model);
    return `saved to ${path}`;
  },
  load: async ({ conversation, model }, argument) => {
    const { loadState } = await import('./stateFile.js');
    const path = fileOf('load', argument);
    await conversation.load(await loadState(path, model));
    return `loaded ${path}`;
  },
  undo: ({ conversation }) => (conversation.undo() ? 'taken back' : 'there is nothing to take back'),
  reset: async ({ conversation }) => {
    await conversation.reset();
    return 'everything is forgotten';
  },
  help: () => HELP,
};

async function runCommand(room: Room, line: string): Promise<void> {
  const [, name = '', argument = ''] = /^:(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const known = [...Object.keys(commands), 'quit'].map((one) => `:${one}`).join(' | ');
    throw new ConfigError(`expected one of ${known}, got ':${name}'; begin with '::' for a text`);
  }
  room.output.note(await command(room, argument));
}

/** Ctrl-C and the like: the first stops an answer, one without an answer ends the conversation. */
function createStops(lines: Interface) {
  let answering: AbortController | undefined;
  const left = new AbortController();
  const leave = (code: number): void => {
    answering?.abort();
    left.abort(code);
    lines.close();
  };
  const stop = (name: NodeJS.Signals): void => {
    if (answering && !answering.signal.aborted && name === 'SIGINT') answering.abort();
    else leave(EXIT.interrupted);
  };
  lines.on('SIGINT', () => stop('SIGINT')); // a terminal that readline reads sends no signal
  const endSignals = onStopSignal(stop);
  process.stdout.once('error', ({ code }: NodeJS.ErrnoException) =>
    leave(code === 'EPIPE' ? EXIT.done : EXIT.data),
  );
  return {
    left: left.signal,
    end: endSignals,
    during: async (body: (signal: AbortSignal) => Promise<void>): Promise<void> => {
      answering = new AbortController();
      try {
        await body(answering.signal);
      } finally {
        answering = undefined;
      }
    },
  };
}

/** Reads lines until there are no more; the exit code. */
async function converse(room: Room, lines: Interface): Promise<number> {
  const { output, conversation } = room;
  const stops = createStops(lines);
  const isPerson = process.stdin.isTTY;
  const ask = (): void => {
    waitsForOthers(true);
    if (isPerson && !stops.left.aborted) lines.prompt();
  };
  const answer = async (line: string): Promise<void> => {
    if (/^:(?!:)/.test(line)) return runCommand(room, line);
    await stops.during((signal) =>
      conversation.say(line.replace(/^::/, ':'), signal, (piece) => output.write(piece)),
    );
    output.write('\n');
  };
  try {
    ask();
    for await (const line of lines) {
      waitsForOthers(false);
      if (/^:quit\s*$/.test(line)) break;
      try {
        await answer(line);
      } catch (error) {
        // In a pipe nobody could try again.
        if (!isPerson || !(error instanceof PavlovError)) throw error;
        output.note(error.message);
      }
      if (stops.left.aborted) break;
      ask();
    }
  } finally {
    stops.end();
    lines.close();
  }
  return stops.left.aborted ? Number(stops.left.reason) : EXIT.done;
}

async function chatWith({ output }: Context, folder: string, flags: ChatFlags): Promise<Outcome> {
  const { openTrainedModel } = await import('../../../eval/index.js');
  const { createEngine } = await import('../../../src/engine/createEngine.js');
  const { Decoder } = await import('../../../src/model/decode.js');
  const { usePlugInsOf } = await import('../../plugIns/ofRun.js');
  const { Conversation } = await import('./conversation.js');
  const { fingerprintOf } = await import('./stateFile.js');
  await usePlugInsOf(folder, flags, output);
  const { model, tokenizer } = await openTrainedModel(folder);
  const engine = await createEngine(engineOptions(flags));
  const decoder = Decoder.create(engine, model, 1, { cacheLength: flags.context });
  const { tokens, seed, temperature, topK, topP, minP, repetitionPenalty } = flags;
  const sampling = { temperature, topK, topP, minP, repetitionPenalty };
  const conversation = new Conversation({ decoder, tokenizer, tokens, sampling, seed });
  const room = { conversation, model: fingerprintOf(model), output };
  try {
    if (flags.load !== undefined) await runCommand(room, `:load ${flags.load}`);
    if (process.stdin.isTTY) output.note("type ':help' for help, Ctrl-D to leave");
    const lines = createInterface({
      input: process.stdin,
      ...(process.stdin.isTTY && { output: process.stdout }),
      crlfDelay: Infinity,
    });
    return await converse(room, lines);
  } finally {
    await decoder.dispose();
    await engine.dispose();
  }
}

/** `pavlov chat` */
export const chat: Verb = {
  name: 'chat',
  usesProject: true,
  summary: 'write a text in turn with a trained model, which keeps its memories between prompts',
  example: 'pavlov chat checkpoints/story --tokens 60',
  define: (command, act) => {
    const own = command
      .argument('<folder>', 'run folder, or one checkpoint in it')
      .option('--load <file>', 'go on from memories that :save has written')
      .option('--tokens <n>', 'tokens of an answer at most', wholeNumber('--tokens', 1), 100)
      .option(
        '--context <n>',
        'tokens of all prompts and answers that mixers that keep tokens have room for',
        wholeNumber('--context', 8),
        4096,
      );
    addPlugInFlags(addEngineFlags(addSamplingFlags(own))).action(act(chatWith));
  },
};
