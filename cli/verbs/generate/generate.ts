import type { WrittenText } from '../../../api/generate.js';
import { ConfigError, DataError } from '../../../src/core/errors.js';
import type { Output } from '../../output.js';
import {
  type EngineFlags,
  type PlugInFlags,
  type SamplingFlags,
  addEngineFlags,
  addPlugInFlags,
  addSamplingFlags,
  engineOptions,
  wholeNumber,
} from '../../options.js';
import { exitAfter, withInterrupt } from '../../interrupt.js';
import type { Context, Outcome, Verb } from '../contract.js';
import { readWhole } from '../../../src/core/wholeFile.js';

interface GenerateFlags extends EngineFlags, PlugInFlags, SamplingFlags {
  readonly prompt?: string;
  readonly file?: string;
  readonly count: number;
  readonly tokens: number;
  readonly jsonl?: boolean;
}

/** Of a file of prompts. */
const MOST_PROMPT_BYTES = 64e6;

/** The prompts of a file, one a line. */
async function promptsOf(path: string): Promise<string[]> {
  const { decodeUtf8 } = await import('../../../data/text/corpus/utf8Text.js');
  const { fileError } = await import('../../../data/text/corpus/fileSlices.js');
  const bytes = await readWhole(path, MOST_PROMPT_BYTES).catch((error: unknown) => {
    throw fileError(`--file ${path}`, error);
  });
  const lines = decodeUtf8(bytes, path, 0)
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) {
    throw new DataError(`${path}: expected a prompt a line, got an empty file; write at least one`);
  }
  const empty = lines.findIndex((line) => line.trim() === '');
  if (empty < 0) return lines;
  throw new DataError(
    `${path}:${empty + 1}: expected a prompt, got an empty line; remove it (without --file and --prompt a story is begun)`,
  );
}

/** The prompts of all texts, in the order in which they are written. */
async function promptsIn({ prompt, file, count, jsonl }: GenerateFlags, { json }: Output): Promise<string[]> {
  if (prompt !== undefined && file !== undefined) {
    throw new ConfigError('--file: expected it without --prompt, got both; write the prompt into the file');
  }
  if (json && jsonl === true)
    throw new ConfigError('--jsonl: expected it without --json, got both; leave one out');
  const prompts = file === undefined ? [prompt ?? ''] : await promptsOf(file);
  return prompts.flatMap((one) => Array<string>(count).fill(one));
}

/** Prints texts that are written at the same time in order: the first that is not done as it grows. */
function inOrder(prompts: readonly string[], print: (text: string) => void) {
  const waiting = prompts.map(() => ({ text: '', begun: false, done: false }));
  let current = 0;
  const show = (): void => {
    for (let one = waiting[current]; one; one = waiting[current]) {
      if (one.text !== '' || one.done) {
        if (!one.begun) print((current > 0 ? '\n' : '') + (prompts[current] ?? ''));
        one.begun = true;
        print(one.text);
        one.text = '';
      }
      if (!one.done) return;
      print('\n');
      current++;
    }
  };
  return {
    add: (piece: string, i: number): void => {
      const one = waiting[i];
      if (one) one.text += piece;
      show();
    },
    end: (i: number): void => {
      const one = waiting[i];
      if (one) one.done = true;
      show();
    },
  };
}

/** Gives the texts in the order of their prompts, each as soon as those before it are there. */
function queueOf(give: (written: WrittenText) => void): (written: WrittenText, i: number) => void {
  const ready = new Map<number, WrittenText>();
  let next = 0;
  return (written, i) => {
    ready.set(i, written);
    for (let one = ready.get(next); one; one = ready.get(next)) {
      give(one);
      ready.delete(next++);
    }
  };
}

async function generateText({ output }: Context, folder: string, flags: GenerateFlags): Promise<Outcome> {
  const { generate: generateOne, generateMany } = await import('../../../api/generate.js');
  const { usePlugInsOf } = await import('../../plugIns/ofRun.js');
  const prompts = await promptsIn(flags, output);
  const { tokens, temperature, topK, topP, minP, repetitionPenalty, seed, jsonl = false } = flags;
  const isOne = flags.file === undefined && flags.count === 1;
  await usePlugInsOf(folder, flags, output);
  const texts = inOrder(prompts, (text) => {
    if (!output.json && !jsonl) output.write(text);
  });
  const line = queueOf((written) => {
    if (jsonl) output.write(`${JSON.stringify(written)}\n`);
  });
  return withInterrupt(output, 'stopping', async (signal) => {
    const sampling = { temperature, topK, topP, minP, repetitionPenalty };
    const options = { tokens, seed, engine: engineOptions(flags), signal, ...sampling };
    const onWritten = (written: WrittenText, i: number): void => {
      texts.end(i);
      line(written, i);
    };
    if (isOne) {
      const onText = (piece: string): void => texts.add(piece, 0);
      const written = await generateOne(folder, prompts[0], { ...options, onText });
      onWritten(written, 0);
      if (output.json) output.document(written);
    } else {
      const written = await generateMany(folder, prompts, { ...options, onText: texts.add, onWritten });
      if (output.json) output.document({ texts: written });
    }
    return exitAfter(signal);
  });
}

/** `pavlov generate` */
export const generate: Verb = {
  name: 'generate',
  usesProject: true,
  summary: 'generate text with a trained model, streamed as it is generated',
  example: 'pavlov generate checkpoints/story --prompt "Once upon a time" --temperature 0.8',
  define: (command, act) => {
    const own = command
      .argument('<folder>', 'run folder, or one checkpoint in it')
      .option('--prompt <text>', 'prompt (default: the start of a story)')
      .option('--file <path>', 'file with a prompt a line; all are gone on with at once')
      .option(
        '--count <n>',
        'texts to generate for each prompt; each has the seed after that of the one before',
        wholeNumber('--count', 1, 100_000),
        1,
      )
      .option(
        '--tokens <n>',
        'maximum number of tokens to generate; mixers that keep tokens reserve memory for all of them, at most 1 GiB',
        wholeNumber('--tokens', 1),
        200,
      );
    addPlugInFlags(addEngineFlags(addSamplingFlags(own)))
      .option('--json', 'print one JSON document at the end')
      .option('--jsonl', 'print a JSON document a line for each text, as soon as it is there')
      .action(act(generateText));
  },
};
