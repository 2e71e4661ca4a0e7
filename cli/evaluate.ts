import { basename, join, relative } from 'node:path';
import type { Scored } from '../api/scored.js';
import type { Finding, SentencePair, TrainedModel } from '../eval/index.js';
import { engineOptions, type EngineFlags, type PlugInFlags } from './options.js';
import { type Output, createStatusLine, showWork } from './output.js';
import { openReportFolder } from './reportFolder.js';
import { readWhole } from '../src/core/wholeFile.js';

/** Flags of an evaluation. */
export interface EvalFlags extends EngineFlags, PlugInFlags {
  readonly probes?: readonly string[];
  readonly data?: string;
  readonly textColumn?: string;
  readonly stories?: number;
  readonly seed: number;
  readonly prompt?: string;
  readonly pairs?: string;
  readonly out?: string;
}

/** Of a file of pairs of sentences. */
const MOST_PAIRS_BYTES = 256e6;

/** The pairs of sentences in a file. */
async function readPairs(path: string): Promise<readonly SentencePair[]> {
  const { decodeUtf8 } = await import('../data/text/corpus/utf8Text.js');
  const { readSentencePairs } = await import('../eval/probes/sentencePairs.js');
  const { fileError } = await import('../data/text/corpus/fileSlices.js');
  const bytes = await readWhole(path, MOST_PAIRS_BYTES).catch((error: unknown) => {
    throw fileError(path, error);
  });
  return readSentencePairs(path, decodeUtf8(bytes, path, 0));
}

/** Where results are kept: the folder that the user named, and those in it; `undefined` where that holds no run. */
async function resultFolder(
  { out }: EvalFlags,
  { checkpoint }: TrainedModel,
  { folder }: Scored,
): Promise<readonly [string, ...string[]] | undefined> {
  const { liesInRun } = await import('../train/runFolder.js');
  if (out !== undefined) return [out];
  if (!(await liesInRun(checkpoint))) return undefined;
  return [checkpoint.run, 'eval', `${basename(checkpoint.path)}${folder}`];
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

/** A path as it is typed where the command runs; whole where that would lead out of the folder. */
function fromHere(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

/** Runs probes on a checkpoint and writes their report, by default beside it. */
export async function evaluate(output: Output, folder: string, flags: EvalFlags): Promise<Evaluation> {
  const { openTrainedModel } = await import('../eval/index.js');
  const { dataToScore } = await import('../api/scored.js');
  const { runOn } = await import('../api/evaluate.js');
  const { usePlugInsOf } = await import('./plugIns/ofRun.js');
  const { probesText, writeProbes } = await import('../report/probes/writeProbes.js');
  const names = await probesOf(flags.probes);
  const pairs = flags.pairs === undefined ? undefined : await readPairs(flags.pairs);
  await usePlugInsOf(folder, flags, output);
  const trained = await openTrainedModel(folder);
  const { checkpoint } = trained;
  const status = createStatusLine(output);
  const toScore = await dataToScore(flags, trained, { onProgress: (how) => showWork(status, how) });
  status.clear();
  const { source: data, scored } = toScore;
  const place = await resultFolder(flags, trained, toScore);
  const folderOut = place && join(...place);
  if (place) {
    const [root, ...names] = place;
    await openReportFolder(root, ['checkpoint', 'probe', 'results'], ...names);
  }
  const reports = await runOn(trained, toScore, {
    names,
    unfit: namedProbes(flags.probes) ? 'throw' : 'note',
    seed: flags.seed,
    engine: engineOptions(flags),
    ...(flags.prompt !== undefined && { prompt: flags.prompt }),
    ...(pairs && { pairs }),
    onProgress: (part) => status.progress(part, 'evaluating'),
  });
  status.clear();
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
