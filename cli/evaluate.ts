import { basename, join, relative, resolve } from 'node:path';
import type { Corpus, Following, TokenSet } from '../data/index.js';
import type { Finding, NamedReport, TrainedModel } from '../eval/index.js';
import { engineOptions, type EngineFlags, type PlugInFlags } from './options.js';
import { formatBar } from './format.js';
import { type Output, createStatusLine, createWorkLine } from './output.js';
import { openReportFolder } from './reportFolder.js';

/** Flags of an evaluation. */
export interface EvalFlags extends EngineFlags, PlugInFlags {
  readonly probes?: readonly string[];
  readonly data?: string;
  readonly textColumn?: string;
  readonly stories?: number;
  readonly seed: number;
  readonly prompt?: string;
  readonly out?: string;
}

function* first<T>(items: Iterable<T>, most: number, sizeOf: (item: T) => number = () => 1): Generator<T> {
  let left = most;
  if (left <= 0) return;
  for (const item of items) {
    yield item;
    left -= sizeOf(item);
    if (left <= 0) return;
  }
}

/** Bytes of training text that the simpler models are made of at most: about a million tokens. */
const TRAINING_BYTES = 4_000_000;

/** The beginning of what the run was trained on, by its own tokenizer. */
async function encodeTraining(
  { train }: Corpus,
  { tokenizer, trainStories }: TrainedModel,
  following: Following,
): Promise<TokenSet> {
  const { encodingWork, runWork } = await import('../data/index.js');
  const stories = first(first(train, trainStories), TRAINING_BYTES, (story) => Buffer.byteLength(story));
  return runWork(encodingWork(stories, tokenizer), following, { doing: 'encoding training stories' });
}

/** The validation stories by the model's own tokenizer, whatever the corpus was prepared with. */
async function encodeValidation(
  corpus: Corpus,
  { tokenizer }: TrainedModel,
  { stories = Infinity }: EvalFlags,
  following: Following,
): Promise<TokenSet> {
  const { encodingWork, runWork } = await import('../data/index.js');
  const { DataError } = await import('../src/core/errors.js');
  const work = encodingWork(first(corpus.validation, stories), tokenizer);
  const set = await runWork(work, following, { doing: 'encoding the stories' });
  if (set.starts.length > 1) return set;
  throw new DataError(`data ${corpus.name}: no validation stories; choose other data with --data`);
}

/** Whether files are the text of the run, by content; by its path where the checkpoint does not know the content. */
function isOwnText(
  files: Corpus['files'],
  source: string,
  { sourceFiles, source: own }: TrainedModel,
): boolean {
  if (sourceFiles.length === 0) return resolve(source) === resolve(own);
  return String(files.map(({ sha256 }) => sha256).sort()) === String(sourceFiles);
}

/**
 * What is scored: the validation stories of the data, and all stories of data that has no such part, unless the
 * run trained on it, which leaves those that were held out.
 *
 * @throws DataError when no data is named and that of the run has changed, so that what it held out is not known.
 */
async function dataToScore(flags: EvalFlags, trained: TrainedModel, following: Following): Promise<Scored> {
  const { data, stories = Infinity, textColumn } = flags;
  const { loadCorpus, storiesInSketch } = await import('../data/index.js');
  const { DataError } = await import('../src/core/errors.js');
  const source = data ?? trained.source;
  const corpus = await loadCorpus(source, {
    whole: (files) => !isOwnText(files, source, trained),
    textColumn: textColumn ?? trained.textColumn,
    ...following,
  });
  const isOwn = isOwnText(corpus.files, source, trained);
  if (!isOwn && data === undefined) {
    throw new DataError(
      `data ${source}: expected the text that the run was trained on, got other text; bring that text back, or name what to score with --data`,
    );
  }
  const validation = await encodeValidation(corpus, trained, flags, following);
  const count = validation.starts.length - 1;
  const all = corpus.part === 'whole' && count < stories ? 'all ' : '';
  const kind = { whole: 'stories', 'held out': 'stories held out of training', own: 'validation stories' };
  const seen = storiesInSketch(validation, trained.sketch);
  const but =
    seen.count > 0 ? `, ${seen.isExact ? '' : 'at least '}${seen.count} of which the run was trained on` : '';
  const scored = `${all}${count} ${kind[corpus.part ?? 'own']} of ${source}${but}`;
  return {
    source,
    validation,
    scored,
    folder: isOwn ? '' : `-${corpus.fingerprint.slice(0, 8)}`,
    ...(isOwn && { training: async () => encodeTraining(corpus, trained, following) }),
  };
}

/** The stories an evaluation is on. */
interface Scored {
  /** As `loadCorpus` takes it. */
  readonly source: string;
  readonly validation: TokenSet;
  /** For people: how many stories of what. */
  readonly scored: string;
  /** What tells the folder of the results from that of the run's own data. */
  readonly folder: string;
  /** Reads what the run was trained on, where that is the same data. */
  readonly training?: () => Promise<TokenSet>;
}

/** Where results are kept; `undefined` for a checkpoint among files that are not of a run. */
async function resultFolder(
  { out }: EvalFlags,
  { checkpoint }: TrainedModel,
  { folder }: Scored,
): Promise<string | undefined> {
  const { liesInRun } = await import('../train/runFolder.js');
  if (out !== undefined) return out;
  if (!(await liesInRun(checkpoint))) return undefined;
  return join(checkpoint.run, 'eval', `${basename(checkpoint.path)}${folder}`);
}

/** The probes named; `undefined` for every one, which `all`, alone, means, and none named as well. */
function namedProbes(given: readonly string[] | undefined): readonly string[] | undefined {
  return given?.length === 1 && given[0] === 'all' ? undefined : given;
}

/** The result of an evaluation. */
export interface Evaluation {
  /** For `--json`. */
  readonly document: object;
  /** All tables, for people. */
  readonly text: string;
  /** What matters most. */
  readonly summary: readonly Finding[];
  /** Where the rest is, in words. */
  readonly where: string;
}

/**
 * The names of the probes asked for; all where none are.
 *
 * @throws ConfigError for a name that is no probe.
 */
export async function probesOf(given: readonly string[] | undefined): Promise<readonly string[]> {
  const { probes: known } = await import('../eval/index.js');
  const { lookUp } = await import('../src/core/errors.js');
  const { plugInName } = await import('./plugIns/load.js');
  const names: string[] = [];
  for (const name of namedProbes(given) ?? Object.keys(known)) names.push(await plugInName('probe', name));
  for (const name of names) lookUp('--probes', known, name);
  return names;
}

/** What the checkpoint's own validations say of the end of its training; nothing where it has made none. */
async function trainingFinding({ checkpoint }: TrainedModel): Promise<readonly Finding[]> {
  const { curveOf } = await import('../train/progress.js');
  const { validationTrend } = await import('./trend.js');
  const text = validationTrend(curveOf(checkpoint.progress));
  return text === undefined ? [] : [{ topic: 'training', text }];
}

/** Runs the probes with an engine of their own. */
async function measureOn(
  output: Output,
  flags: EvalFlags,
  { tokenizer, model, shape }: TrainedModel,
  { validation, training }: Scored,
): Promise<readonly NamedReport[]> {
  const { runProbes } = await import('../eval/index.js');
  const { Rng } = await import('../src/core/rng.js');
  const { createEngine } = await import('../src/engine/createEngine.js');
  const names = await probesOf(flags.probes);
  const engine = await createEngine(engineOptions(flags));
  const status = createStatusLine(output);
  const subject = {
    engine,
    model,
    tokenizer,
    shape,
    validation,
    rng: Rng.fromSeed(flags.seed),
    ...(training && { training }),
    ...(flags.prompt !== undefined && { prompt: flags.prompt }),
    onProgress: (part: number) =>
      status.show(`evaluating ${formatBar(part, 30)} ${(100 * part).toFixed(0)} %`),
  };
  const reports = await runProbes(names, subject, { unfit: namedProbes(flags.probes) ? 'throw' : 'note' });
  status.clear();
  await engine.dispose();
  return reports;
}

/** A path as it is typed where the command runs; whole where that would lead out of the folder. */
function fromHere(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

/** Runs probes on a checkpoint and writes their report, by default beside it. */
export async function evaluate(output: Output, folder: string, flags: EvalFlags): Promise<Evaluation> {
  const { openTrainedModel } = await import('../eval/index.js');
  const { usePlugInsOf } = await import('./plugIns/ofRun.js');
  const { probesText, writeProbes } = await import('../report/probes/writeProbes.js');
  await probesOf(flags.probes);
  await usePlugInsOf(folder, flags, output);
  const trained = await openTrainedModel(folder);
  const { checkpoint } = trained;
  const work = createWorkLine(output);
  const toScore = await dataToScore(flags, trained, { onProgress: work.show });
  work.clear();
  const { source: data, scored } = toScore;
  const folderOut = await resultFolder(flags, trained, toScore);
  if (folderOut !== undefined) await openReportFolder(folderOut, ['checkpoint', 'probe', 'results']);
  const reports = await measureOn(output, flags, trained, toScore);
  const source = { checkpoint: checkpoint.path, step: checkpoint.step, data, scored, seed: flags.seed };
  const text = `${probesText(reports)}\n\nscored ${scored}`;
  const summary = [...reports.flatMap((report) => report.summary ?? []), ...(await trainingFinding(trained))];
  const keep = async (): Promise<readonly string[]> =>
    folderOut === undefined ? [] : writeProbes(folderOut, source, { reports, summary });
  const files = await keep().catch((error: unknown) => {
    if (!output.json) output.line(text); // what was measured is not lost with the disk
    throw error;
  });
  const notes = reports.flatMap(({ probe, notes: texts = [] }) => texts.map((note) => ({ probe, note })));
  return {
    document: { ...source, results: reports.flatMap(({ results }) => results), summary, notes, files },
    text,
    summary,
    where:
      folderOut === undefined
        ? 'not kept: name a folder with --out'
        : fromHere(join(folderOut, 'report.html')),
  };
}
