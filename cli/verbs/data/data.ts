import type { Command } from 'commander';
import type {
  Corpus,
  CorpusInfo,
  DownloadEvent,
  Downloaded,
  Progress,
  SplitInfo,
} from '../../../data/index.js';
import { DEFAULT_TOKENIZER } from '../../../data/text/tokenizer/contract.js';
import { formatBytes, formatCount } from '../../format.js';
import { withInterrupt } from '../../interrupt.js';
import { TEXT_COLUMN, wholeNumber } from '../../options.js';
import { type Output, type StatusLine, createStatusLine, showWork } from '../../output.js';
import { table, textTable } from '../../../report/table.js';
import type { Act, Context, Outcome, Verb } from '../contract.js';

interface FetchFlags {
  readonly out: string;
  readonly from?: string;
  readonly mirror?: string;
}

function showDownload(output: Output, status: StatusLine, event: DownloadEvent): void {
  if (event.type === 'progress') {
    const { file, bytes, total } = event;
    if (bytes === 0) status.begin();
    if (total === undefined) status.show(`${file} ${formatBytes(bytes)}`);
    else
      status.progress(bytes / Math.max(1, total), `${file} ${formatBytes(bytes)} of ${formatBytes(total)}`);
    return;
  }
  status.clear();
  const { file } = event;
  if (event.type === 'resumed') output.line(`${file}: resuming after ${formatBytes(event.bytes)}`);
  if (event.type === 'restarted') output.line(`${file}: starting over, ${event.reason}`);
  if (event.type === 'retry') output.line(`${file}: ${event.reason}; next try in ${event.waitMs / 1000} s`);
  if (event.type === 'done') {
    output.line(`${file}: ${formatBytes(event.bytes)}, verified by ${event.verified}`);
  }
}

async function fetchStories({ output }: Context, flags: FetchFlags): Promise<Outcome> {
  const { fetchTinyStories } = await import('../../../data/index.js');
  const status = createStatusLine(output);
  const fetching = (signal: AbortSignal): Promise<readonly Downloaded[]> =>
    fetchTinyStories(flags.out, {
      signal,
      onEvent: (event) => showDownload(output, status, event),
      ...(flags.from === undefined ? {} : { from: flags.from }),
      ...(flags.mirror === undefined ? {} : { baseUrl: flags.mirror }),
    });
  const stays = `downloaded data is in ${flags.out}; run the same command again to resume`;
  const files = await withInterrupt(output, 'stopping', fetching, stays).finally(() => status.clear());
  if (output.json) output.document({ folder: flags.out, files });
  else output.line(`\ntrain on it with: pavlov train --data ${flags.out}`);
  return undefined;
}

interface PrepareFlags {
  readonly out: string;
  readonly tokenizer: string;
  readonly vocabulary: number;
  readonly textColumn?: string;
}

function splitRow(name: string, { stories, bytes, tokens, longestStoryTokens }: SplitInfo): string[] {
  const tokenCells = tokens === undefined ? [] : [tokens, (tokens / bytes) * 1000, longestStoryTokens ?? 0];
  return [name, formatCount(stories), formatBytes(bytes), ...tokenCells.map(formatCount)];
}

function printInfo(output: Output, info: CorpusInfo): void {
  const encoded = info.train.tokens !== undefined;
  const tokenHeads = encoded ? ['tokens', 'tokens/kB', 'longest story'] : [];
  output.line(`${info.name}: ${formatBytes(info.sourceBytes)}`);
  if (info.vocabularySize !== undefined) output.line(`vocabulary ${formatCount(info.vocabularySize)}`);
  output.line();
  const numbers = ['stories', 'text', ...tokenHeads];
  const rows = [splitRow('train', info.train), splitRow('validation', info.validation)];
  const columns = numbers.map((label) => ({ label, align: 'right' }) as const);
  output.line(textTable(table('', ['split', ...columns], rows)));
}

async function prepare({ output }: Context, source: string, flags: PrepareFlags): Promise<Outcome> {
  const { describeCorpus, loadCorpus, prepareCorpus, tokenizerFor } = await import('../../../data/index.js');
  const status = createStatusLine(output);
  const preparing = async (signal: AbortSignal): Promise<Corpus> => {
    const following = { signal, onProgress: (how: Progress) => showWork(status, how) };
    const corpus = await loadCorpus(source, { ...columnOf(flags), ...following });
    const options = { vocabularySize: flags.vocabulary, ...following };
    const tokenizer = await tokenizerFor(corpus, flags.tokenizer, options);
    return prepareCorpus(corpus, tokenizer, flags.out, {
      ...following,
      onEvent: (event) => {
        if (event.type !== 'remark') return;
        status.clear();
        output.note(event.text);
      },
    });
  };
  const stays = `${flags.out} was not written; run the same command again to start over`;
  const prepared = await withInterrupt(output, 'stopping', preparing, stays).finally(() => status.clear());
  const info = await describeCorpus(prepared, prepared.prepared?.set);
  if (output.json) output.document({ folder: flags.out, ...info });
  else {
    printInfo(output, info);
    output.line(`\nwritten to ${flags.out}; train on it with: pavlov train --data ${flags.out}`);
  }
  return undefined;
}

function columnOf({ textColumn }: { readonly textColumn?: string }): { readonly textColumn?: string } {
  return textColumn === undefined ? {} : { textColumn };
}

async function describe(
  { output }: Context,
  source: string,
  flags: { readonly textColumn?: string },
): Promise<Outcome> {
  const { describeCorpus, loadCorpus } = await import('../../../data/index.js');
  const status = createStatusLine(output);
  const counting = async (signal: AbortSignal): Promise<CorpusInfo> => {
    const following = { signal, onProgress: (how: Progress) => showWork(status, how) };
    const corpus = await loadCorpus(source, { ...columnOf(flags), ...following });
    return describeCorpus(corpus, corpus.prepared?.set, following);
  };
  const info = await withInterrupt(output, 'stopping', counting).finally(() => status.clear());
  if (output.json) output.document(info);
  else printInfo(output, info);
  for (const remark of info.remarks) output.note(remark);
  return undefined;
}

function addFetch(command: Command, act: Act): void {
  command
    .command('tinystories')
    .description('download the public TinyStories files (version 2, train and validation)')
    .option('--out <folder>', 'output folder', 'data/tinystories')
    .option('--from <folder>', 'copy from a local folder instead of downloading')
    .option('--mirror <address>', 'base URL of a mirror with the same files')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ pavlov data tinystories --out data/tinystories')
    .action(act(fetchStories));
}

function addPrepare(command: Command, act: Act): void {
  const { name, vocabularySize } = DEFAULT_TOKENIZER;
  command
    .command('prepare')
    .description('train a tokenizer and write the encoded stories to a new folder')
    .argument('<source>', "a folder, a .txt, .jsonl or .parquet file, or 'toy'")
    .requiredOption('--out <folder>', 'output folder')
    .option(...TEXT_COLUMN)
    .option('--tokenizer <name>', 'kind of tokenizer', name)
    .option('--vocabulary <n>', 'maximum vocabulary size', wholeNumber('--vocabulary', 1), vocabularySize)
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ pavlov data prepare toy --out data/toy --vocabulary 512')
    .action(act(prepare));
}

function addInfo(command: Command, act: Act): void {
  command
    .command('info')
    .description('count the stories, bytes and tokens of a source')
    .argument('<source>', "a prepared set, a folder, a .txt, .jsonl or .parquet file, or 'toy'")
    .option(...TEXT_COLUMN)
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ pavlov data info toy')
    .action(act(describe));
}

/** `pavlov data` */
export const data: Verb = {
  name: 'data',
  summary: 'download TinyStories, prepare a data set, or describe one',
  example: 'pavlov data info toy',
  define: (command, act) => {
    for (const add of [addFetch, addPrepare, addInfo]) add(command, act);
  },
};
