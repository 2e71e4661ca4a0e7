import { addEngineFlags } from '../../engineOptions.js';
import { evaluate, type EvalFlags } from './evaluate.js';
import { nameList, wholeNumber } from '../../optionValues.js';
import { addRuleFileFlag, TEXT_COLUMN } from '../../runOptions.js';
import type { Context, Outcome, Verb } from '../contract.js';

async function measure({ output }: Context, folder: string, flags: EvalFlags): Promise<Outcome> {
  const { document, text } = await evaluate(output, folder, flags);
  if (output.json) output.document(document);
  else output.line(text);
  return undefined;
}

/** `pavlov eval` */
export const evalVerb: Verb = {
  name: 'eval',
  summary: 'measure a trained model on stories it has not seen, with 95 % intervals',
  example: 'pavlov eval checkpoints/story --probes lm --json',
  define: (command, act) => {
    addRuleFileFlag(
      addEngineFlags(
        command
          .argument('<folder>', 'run folder, or one checkpoint in it')
          .option('--probes <names>', "names between commas, or 'all' (the default)", nameList('--probes'))
          .option(
            '--data <source>',
            'data to score: its validation stories, or all where it has none apart (default: what the run trained on, of which a part was held out)',
          )
          .option(...TEXT_COLUMN)
          .option('--stories <n>', 'only the first so many validation stories', wholeNumber('--stories', 1))
          .option('--seed <n>', 'seed of every random choice', wholeNumber('--seed'), 1)
          .option('--prompt <text>', 'text for probes that look at one prompt (default: a story)')
          .option('--out <folder>', 'where to write (default: eval/STEP in the run folder)'),
      ),
    )
      .option('--json', 'print one JSON document')
      .action(act(measure));
  },
};
