import { performance } from 'node:perf_hooks';
import type { Tokenizer } from '../../../data/index.js';
import type { Rng } from '../../../src/core/rng.js';
import type { Decoder } from '../../../src/model/decode.js';
import type { SampleOptions } from '../../../src/model/generate.js';
import {
  type EngineFlags,
  type PlugInFlags,
  addEngineFlags,
  addPlugInFlags,
  engineOptions,
  finiteNumber,
  positiveShare,
  wholeNumber,
} from '../../options.js';
import { exitAfter, withInterrupt } from '../../interrupt.js';
import type { Context, Outcome, Verb } from '../contract.js';

interface GenerateFlags extends EngineFlags, PlugInFlags {
  readonly prompt?: string;
  readonly tokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
}

interface Request {
  readonly decoder: Decoder;
  readonly tokenizer: Tokenizer;
  readonly prompt: ArrayLike<number>;
  readonly tokens: number;
  readonly sampling: SampleOptions;
  readonly rng: Rng;
  readonly signal: AbortSignal;
}

interface Written {
  readonly text: string;
  readonly tokens: number;
  /** Whether the model ended the story itself. */
  readonly ended: boolean;
  /** From the first token drawn to the last; null for fewer than two. */
  readonly tokensPerSecond: number | null;
}

/** Gives each piece of text as soon as it is whole, and at the end what came of it. */
async function write(request: Request, say: (text: string) => void): Promise<Written> {
  const { createStreamDecoder } = await import('../../../data/index.js');
  const { drawTokens } = await import('../../../src/model/generate.js');
  const decoder = createStreamDecoder(request.tokenizer);
  let firstAt = 0;
  let [text, tokens, ended] = ['', 0, false];
  const add = (piece: string): void => {
    text += piece;
    say(piece);
  };
  const { endOfText } = request.tokenizer;
  const context = [endOfText, ...Array.from(request.prompt)];
  for await (const id of drawTokens(request.decoder, { ...request, context, endOfText })) {
    tokens += 1;
    if (tokens === 1) firstAt = performance.now();
    ended = id === request.tokenizer.endOfText;
    add(decoder.push(id));
  }
  const seconds = (performance.now() - firstAt) / 1000;
  add(decoder.end());
  return { text, tokens, ended, tokensPerSecond: tokens < 2 ? null : (tokens - 1) / seconds };
}

async function generateText({ output }: Context, folder: string, flags: GenerateFlags): Promise<Outcome> {
  const { openTrainedModel } = await import('../../../eval/index.js');
  const { Rng: Stream } = await import('../../../src/core/rng.js');
  const { createEngine } = await import('../../../src/engine/createEngine.js');
  const { usePlugInsOf } = await import('../../plugIns/ofRun.js');
  const { Decoder: Decoding } = await import('../../../src/model/decode.js');
  const { prompt = '', tokens, temperature, topK, topP, seed } = flags;
  await usePlugInsOf(folder, flags, output);
  const { model, tokenizer, checkpoint } = await openTrainedModel(folder);
  const ids = tokenizer.encode(prompt);
  const engine = await createEngine(engineOptions(flags));
  const decoder = Decoding.create(engine, model, 1, { cacheLength: 1 + ids.length + tokens });
  const say = (text: string): void => {
    if (!output.json) output.write(text);
  };
  return withInterrupt(output, 'stopping', async (signal) => {
    say(prompt);
    const sampling = { temperature, topK, topP };
    const rng = Stream.fromSeed(seed).derive('generate');
    const written = await write({ decoder, tokenizer, prompt: ids, tokens, signal, sampling, rng }, say);
    say('\n');
    if (output.json) output.document({ checkpoint: checkpoint.path, prompt, ...written, seed });
    await decoder.dispose();
    await engine.dispose();
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
    addPlugInFlags(
      addEngineFlags(
        command
          .argument('<folder>', 'run folder, or one checkpoint in it')
          .option('--prompt <text>', 'prompt (default: the start of a story)')
          .option(
            '--tokens <n>',
            'maximum number of tokens to generate; mixers that keep tokens reserve memory for all of them, at most 1 GiB',
            wholeNumber('--tokens', 1),
            200,
          )
          .option(
            '--temperature <t>',
            'sampling temperature; 0 means greedy decoding',
            finiteNumber('--temperature', 0),
            0.8,
          )
          .option(
            '--top-k <k>',
            'sample from the k most likely tokens; 0 means all',
            wholeNumber('--top-k'),
            0,
          )
          .option(
            '--top-p <p>',
            'nucleus sampling: smallest set of tokens with total probability p',
            positiveShare('--top-p'),
            0.95,
          )
          .option('--seed <n>', 'random seed; the same seed gives the same text', wholeNumber('--seed'), 1),
      ),
    )
      .option('--json', 'print one JSON document at the end')
      .action(act(generateText));
  },
};
