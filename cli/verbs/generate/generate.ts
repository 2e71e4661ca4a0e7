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

async function generateText({ output }: Context, folder: string, flags: GenerateFlags): Promise<Outcome> {
  const { generate: generateFrom } = await import('../../../api/generate.js');
  const { usePlugInsOf } = await import('../../plugIns/ofRun.js');
  const { prompt = '', tokens, temperature, topK, topP, seed } = flags;
  await usePlugInsOf(folder, flags, output);
  const say = (text: string): void => {
    if (!output.json) output.write(text);
  };
  return withInterrupt(output, 'stopping', async (signal) => {
    let begun = false;
    const onText = (piece: string): void => {
      if (!begun) say(prompt);
      begun = true;
      say(piece);
    };
    const sampling = { temperature, topK, topP };
    const options = { tokens, seed, engine: engineOptions(flags), signal, onText, ...sampling };
    const written = await generateFrom(folder, prompt, options);
    say('\n');
    if (output.json) output.document(written);
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
