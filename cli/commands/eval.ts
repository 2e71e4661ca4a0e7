import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Corpus, TokenSet } from '../../data/index.js';
import type { ProbeResult, TrainedModel } from '../../eval/index.js';
import { addEngineFlags, engineOptions, type EngineFlags } from '../engineOptions.js';
import { formatBar } from '../format.js';
import { nameList, wholeNumber } from '../optionValues.js';
import { toJson, type Output } from '../output.js';
import { createStatusLine } from '../statusLine.js';
import { textTable } from '../table.js';
import type { Context, Outcome, Verb } from '../verb.js';

interface EvalFlags extends EngineFlags {
  readonly probes?: readonly string[];
  readonly data?: string;
  readonly stories?: number;
  readonly seed: number;
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

function bound(value: number | null): string {
  return value === null ? '' : value.toFixed(4);
}

function printResults(output: Output, results: readonly ProbeResult[]): void {
  const head = ['probe', 'metric', 'value', 'low', 'high', 'unit', 'n'];
  const rows = results.map(({ probe, metric, value, low, high, unit, n }) => {
    return [probe, metric, value.toFixed(4), bound(low), bound(high), unit, String(n)];
  });
  output.line(textTable(head, rows, [2, 3, 4, 6]));
  for (const { metric, unit, slices } of results.filter((result) => result.slices.length > 0)) {
    output.line();
    const parts = slices.map(({ name, value, low, high, n }) => {
      return [name, value.toFixed(4), bound(low), bound(high), String(n)];
    });
    output.line(textTable([metric, unit, 'low', 'high', 'n'], parts, [1, 2, 3, 4]));
  }
}

/** Keeps the document in the run folder: `eval/step-000400-lm.json`. */
async function keep(
  { checkpoint }: TrainedModel,
  probes: readonly string[],
  document: unknown,
): Promise<string> {
  const folder = join(checkpoint.run, 'eval');
  const path = join(folder, `${basename(checkpoint.path)}-${probes.join('-')}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, toJson(document));
  return path;
}

async function evaluate({ output }: Context, folder: string, flags: EvalFlags): Promise<Outcome> {
  const { openTrainedModel, probes: known, runProbes } = await import('../../eval/index.js');
  const { loadCorpus } = await import('../../data/index.js');
  const { lookUp } = await import('../../src/core/errors.js');
  const { Rng } = await import('../../src/core/rng.js');
  const { createEngine } = await import('../../src/engine/createEngine.js');
  const names = flags.probes ?? Object.keys(known);
  for (const name of names) lookUp('--probes', known, name);
  const trained = await openTrainedModel(folder);
  const source = flags.data ?? trained.source;
  const validation = await encodeValidation(await loadCorpus(source), trained, flags.stories ?? Infinity);
  const engine = await createEngine(engineOptions(flags));
  const status = createStatusLine(output);
  const { model, tokenizer, shape, checkpoint } = trained;
  const results = await runProbes(names, {
    ...{ engine, model, tokenizer, shape, validation },
    rng: Rng.fromSeed(flags.seed),
    onProgress: (part) => status.show(`evaluating ${formatBar(part, 30)} ${(100 * part).toFixed(0)} %`),
  });
  status.clear();
  await engine.dispose();
  const document = {
    checkpoint: checkpoint.path,
    step: checkpoint.step,
    data: source,
    seed: flags.seed,
    results,
  };
  const path = await keep(trained, names, document);
  if (output.json) output.document(document);
  else {
    printResults(output, results);
    output.line(`\nwritten to ${path}`);
  }
  return undefined;
}

/** `pavlov eval` */
export const evalVerb: Verb = {
  name: 'eval',
  summary: 'measure a trained model on stories it has not seen, with 95 % intervals',
  example: 'pavlov eval checkpoints/story --probes lm --json',
  define: (command, act) => {
    addEngineFlags(
      command
        .argument('<folder>', 'run folder, or one checkpoint in it')
        .option('--probes <names>', 'names between commas (default: all)', nameList('--probes'))
        .option('--data <source>', 'data with validation stories (default: what the run trained on)')
        .option('--stories <n>', 'only the first so many validation stories', wholeNumber('--stories', 1))
        .option('--seed <n>', 'seed of the resampling', wholeNumber('--seed'), 1),
    )
      .option('--json', 'print one JSON document')
      .action(act(evaluate));
  },
};
