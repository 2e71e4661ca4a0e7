import { resolve } from 'node:path';
import {
  encodingWork,
  loadCorpus,
  runWork,
  storiesInSketch,
  type Corpus,
  type Following,
  type TokenSet,
} from '../data/index.js';
import type { TrainedModel } from '../eval/index.js';
import { DataError } from '../src/core/errors.js';

/** What an evaluation is asked to score. */
interface Source {
  /** As `loadCorpus` takes it; that of the run unless given. */
  readonly data?: string;
  readonly textColumn?: string;
  /** Validation stories at most. */
  readonly stories?: number;
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
  const stories = first(first(train, trainStories), TRAINING_BYTES, (story) => Buffer.byteLength(story));
  return runWork(encodingWork(stories, tokenizer), following, { doing: 'encoding training stories' });
}

/** The validation stories by the model's own tokenizer, whatever the corpus was prepared with. */
async function encodeValidation(
  corpus: Corpus,
  { tokenizer }: TrainedModel,
  { stories = Infinity }: Source,
  following: Following,
): Promise<TokenSet> {
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
export async function dataToScore(
  flags: Source,
  trained: TrainedModel,
  following: Following,
): Promise<Scored> {
  const { data, stories = Infinity, textColumn } = flags;
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
export interface Scored {
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
