import { basename, join } from 'node:path';
import type { Corpus, TokenSet } from '../../data/index.js';
import type { TrainedModel } from '../../eval/index.js';
import { addEngineFlags, engineOptions, type EngineFlags } from '../engineOptions.js';
import { formatBar } from '../format.js';
import { nameList, wholeNumber } from '../optionValues.js';
import { addRuleFileFlag } from '../runOptions.js';
import { createStatusLine } from '../statusLine.js';
import type { Context, Outcome, Verb } from '../verb.js';

interface EvalFlags extends EngineFlags {
  readonly probes?: readonly string[];
  readonly data?: string;
  readonly stories?: number;
  readonly seed: number;
  readonly rule?: string;
  readonly prompt?: string;
  readonly out?: string;
}

function* first<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  if (left <= 0) return;
  for (const item of items) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}

/** The validation stories by the model's own tokenizer, whatever the corpus was prepared with. */
async function encodeValidation(
  corpus: Corpus,
  { tokenizer }: TrainedModel,
  stories: number,
): Promise<TokenSet> {
  const { encodeStories } = await import('../../data/index.js');
  const { DataError } = await import('../../src/core/errors.js');
  const set = encodeStories(first(corpus.validation, stories), tokenizer);
  if (set.starts.length > 1) return set;
  throw new DataError(
    `data ${corpus.name}: expected validation stories, got none; name other data with --data`,
  );
}

/** The probes to run; `all`, alone, means every one. */
function chosenProbes(given: readonly string[] | undefined, known: readonly string[]): readonly string[] {
  return given === undefined || (given.length === 1 && given[0] === 'all') ? known : given;
}

async function evaluate({ output }: Context, folder: string, flags: EvalFlags): Promise<Outcome> {
  const { openTrainedModel, probes: known, runProbes } = await import('../../eval/index.js');
  const { useRuleOf } = await import('../ruleFile.js');
  const { keepReports } = await import('../eval/keepReports.js');
  const { resultsText } = await import('../eval/evalTables.js');
  const { loadCorpus } = await import('../../data/index.js');
  const { lookUp } = await import('../../src/core/errors.js');
  const { Rng } = await import('../../src/core/rng.js');
  const { createEngine } = await import('../../src/engine/createEngine.js');
  const every = Object.keys(known);
  const names = chosenProbes(flags.probes, every);
  for (const name of names) lookUp('--probes', known, name);
  await useRuleOf(folder, flags.rule, output);
  const trained = await openTrainedModel(folder);
  const { model, tokenizer, shape, checkpoint } = trained;
  const data = flags.data ?? trained.source;
  const validation = await encodeValidation(await loadCorpus(data), trained, flags.stories ?? Infinity);
  const engine = await createEngine(engineOptions(flags));
  const status = createStatusLine(output);
  const subject = {
    ...{ engine, model, tokenizer, shape, validation, rng: Rng.fromSeed(flags.seed) },
    ...(flags.prompt !== undefined && { prompt: flags.prompt }),
    onProgress: (part: number) =>
      status.show(`evaluating ${formatBar(part, 30)} ${(100 * part).toFixed(0)} %`),
  };
  const reports = await runProbes(names, subject, { unfit: names === every ? 'note' : 'throw' });
  status.clear();
  await engine.dispose();
  const source = { checkpoint: checkpoint.path, step: checkpoint.step, data, seed: flags.seed };
  const kept = flags.out ?? join(checkpoint.run, 'eval', basename(checkpoint.path));
  const files = await keepReports(kept, source, reports);
  if (output.json) {
    const notes = reports.flatMap(({ probe, notes: texts = [] }) => texts.map((note) => ({ probe, note })));
    output.document({ ...source, results: reports.flatMap(({ results }) => results), notes, files });
  } else output.line(`${resultsText(reports)}\n\nwritten to ${kept}`);
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
          .option('--data <source>', 'data with validation stories (default: what the run trained on)')
          .option('--stories <n>', 'only the first so many validation stories', wholeNumber('--stories', 1))
          .option('--seed <n>', 'seed of every random choice', wholeNumber('--seed'), 1)
          .option('--prompt <text>', 'text for probes that look at one prompt (default: a story)')
          .option('--out <folder>', 'where to write (default: eval/STEP in the run folder)'),
      ),
    )
      .option('--json', 'print one JSON document')
      .action(act(evaluate));
  },
};
