import { addEngineFlags, addPlugInFlags, nameList, TEXT_COLUMN, wholeNumber } from '../../options.js';
import { evaluate, type EvalFlags } from '../../evaluate.js';
import { cardWidth } from '../../output.js';
import type { Context, Outcome, Verb } from '../contract.js';

async function measure({ output }: Context, folder: string, flags: EvalFlags): Promise<Outcome> {
  const { document, text, summary, where } = await evaluate(output, folder, flags);
  if (output.json) output.document(document);
  else {
    const { cardText } = await import('../../../report/card.js');
    const said = [...summary, { topic: 'report', lines: [where] }];
    output.line(`${text}\n\n${cardText(said, cardWidth(output))}`);
  }
  return undefined;
}

/** `pavlov eval` */
export const evalVerb: Verb = {
  name: 'eval',
  usesProject: true,
  summary: 'evaluate a trained model on held-out stories, with 95 % intervals',
  example: 'pavlov eval checkpoints/story --probes lm --json',
  define: (command, act) => {
    addPlugInFlags(
      addEngineFlags(
        command
          .argument('<folder>', 'run folder, or one checkpoint in it')
          .option(
            '--probes <names>',
            "comma-separated probes or probe files, or 'all' (default)",
            nameList('--probes'),
          )
          .option(
            '--data <source>',
            "data to evaluate on: its validation stories, or all stories if it has no validation split (default: the run's held-out stories)",
          )
          .option(...TEXT_COLUMN)
          .option('--stories <n>', 'use only the first n validation stories', wholeNumber('--stories', 1))
          .option('--seed <n>', 'random seed', wholeNumber('--seed'), 1)
          .option('--prompt <text>', 'prompt for probes that examine one (default: a story)')
          .option(
            '--pairs <file>',
            'lines of JSON with sentence_good and sentence_bad, for probes that compare sentences (default: made by rule)',
          )
          .option('--out <folder>', 'output folder (default: eval/STEP in the run folder)'),
      ),
    )
      .option('--json', 'print one JSON document')
      .action(act(measure));
  },
};
