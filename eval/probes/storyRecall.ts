import { storyCount, storyTokens } from '../../data/index.js';
import { DataError } from '../../src/core/errors.js';
import type { JsonValue, Probe, ProbePicture, ProbeReport, ProbeResult, ProbeSubject } from '../contract.js';
import { measure, type Part } from './measure.js';
import { scoreAsks, type AskedRow, type AskScore } from './scoreAsks.js';
import {
  fillersOf,
  fillingOf,
  storyQuestions,
  WORD_KINDS,
  type Filler,
  type StoryQuestion,
  type WordKind,
} from './storyQuestions.js';

const NAME = 'story-recall';

/** Words to choose from. */
const CANDIDATES = 8;
/** Most questions of a kind, each asked at every distance. */
const QUESTIONS = 64;
const FEWEST_QUESTIONS = 8;
/** Tokens between what tells and what asks. */
const FILLINGS = [0, 16, 32, 64, 128, 256];

/** A question with so many tokens between. */
interface PlacedQuestion {
  readonly question: StoryQuestion;
  readonly filling: number;
  readonly context: string;
}

/** What a question's candidates scored: nats of each whole word. */
export interface Answer {
  readonly filling: number;
  /** Index of the question. */
  readonly question: number;
  /** 1 when the right word is the most probable candidate, shared among equals; else 0. */
  readonly right: number;
  /** Mean nats of the wrong candidates less those of the right one. */
  readonly margin: number;
}

/** The verdict on candidates of these nats. */
export function judge(nats: readonly number[], right: number): Pick<Answer, 'right' | 'margin'> {
  const own = nats[right] ?? NaN;
  const others = nats.filter((_, i) => i !== right);
  const best = others.every((value) => value >= own);
  const ties = 1 + others.filter((value) => value === own).length;
  return {
    right: best ? 1 / ties : 0,
    margin: others.reduce((sum, value) => sum + value, 0) / others.length - own,
  };
}

function placed(
  questions: readonly StoryQuestion[],
  fillers: readonly Filler[],
  { rng, shape }: ProbeSubject,
  kind: WordKind,
): PlacedQuestion[] {
  return questions.flatMap((question) =>
    FILLINGS.filter((filling) => filling <= shape.sequenceLength).flatMap((filling) => {
      const draw = rng.derive(NAME, kind.name, 'filling', question.story, filling);
      const between = fillingOf(fillers, question, filling, draw);
      const context = between && [question.tell, ...between, question.ask].join(' ');
      return context === undefined ? [] : [{ question, filling, context }];
    }),
  );
}

/** Rows that ask for every candidate; candidates of one token share a row. */
function rowsOf(
  { question, context }: PlacedQuestion,
  { tokenizer }: ProbeSubject,
): { readonly rows: AskedRow[]; readonly candidates: number[] } {
  const before = [tokenizer.endOfText, ...tokenizer.encode(context)];
  const words = question.candidates.map((word) => tokenizer.encode(` ${word}`));
  if (words.every(({ length }) => length === 1)) {
    const asks = words.map(([target = 0]) => ({ place: before.length - 1, target }));
    return { rows: [{ inputs: before, asks }], candidates: [words.length] };
  }
  const rows = words.map((word) => ({
    inputs: [...before, ...word.slice(0, -1)],
    asks: word.map((target, i) => ({ place: before.length - 1 + i, target })),
  }));
  return { rows, candidates: rows.map(() => 1) };
}

/** Nats of each candidate, from the scores of the question's rows. */
function candidateNats(scores: readonly (readonly AskScore[])[], candidates: readonly number[]): number[] {
  return scores.flatMap((row, r) => {
    const nats = row.map((score) => score.nats);
    return candidates[r] === 1 ? [nats.reduce((sum, value) => sum + value, 0)] : nats;
  });
}

async function answer(subject: ProbeSubject, asked: readonly PlacedQuestion[]): Promise<Answer[]> {
  const prepared = asked.map((question) => rowsOf(question, subject));
  const scores = await scoreAsks(
    subject,
    prepared.flatMap(({ rows }) => rows),
    NAME,
  );
  const order = [...new Set(asked.map(({ question }) => question))];
  let at = 0;
  return asked.map(({ question, filling }, i) => {
    const { rows = [], candidates = [] } = prepared[i] ?? {};
    const nats = candidateNats(scores.slice(at, at + rows.length), candidates);
    at += rows.length;
    return { filling, question: order.indexOf(question), ...judge(nats, question.right) };
  });
}

function partOf(
  answers: readonly Answer[],
  quantity: 'right' | 'margin',
  filling?: number,
): Omit<Part, 'name'> {
  const questions = answers.reduce((most, { question }) => Math.max(most, question + 1), 0);
  const [numerators, denominators] = [new Float64Array(questions), new Float64Array(questions)];
  for (const { question, filling: own, [quantity]: value } of answers) {
    if (filling !== undefined && own !== filling) continue;
    numerators[question] = (numerators[question] ?? 0) + value;
    denominators[question] = (denominators[question] ?? 0) + 1;
  }
  return { samples: { numerators, denominators } };
}

function resultsOf(answers: readonly Answer[], kind: WordKind, { rng }: ProbeSubject): ProbeResult[] {
  const fillings = FILLINGS.filter((filling) => answers.some((answer_) => answer_.filling === filling));
  const of = (quantity: 'right' | 'margin') => ({
    whole: partOf(answers, quantity),
    parts: fillings.map((filling) => ({
      name: `${filling} tokens between`,
      ...partOf(answers, quantity, filling),
    })),
  });
  const shared = { probe: NAME, rng: rng.derive(NAME) };
  return [
    measure({
      ...shared,
      metric: `${kind.name}Accuracy`,
      unit: 'of questions',
      ...of('right'),
      baselines: { chance: 1 / CANDIDATES },
    }),
    measure({
      ...shared,
      metric: `${kind.name}Margin`,
      unit: 'nats',
      ...of('margin'),
      baselines: { chance: 0 },
    }),
  ];
}

/** What one kind of words gave: results, or why there are none. */
interface KindReport {
  readonly results: readonly ProbeResult[];
  readonly note?: string;
  readonly details?: JsonValue;
}

async function recallOf(
  subject: ProbeSubject,
  stories: readonly string[],
  kind: WordKind,
): Promise<KindReport> {
  const { tokenizer } = subject;
  const rng = subject.rng.derive(NAME, kind.name);
  const sizes = { candidates: CANDIDATES, most: QUESTIONS };
  const questions = storyQuestions(stories, { kind, tokenizer, ...sizes, rng });
  if (questions.length < FEWEST_QUESTIONS) {
    const wanted = `at least ${FEWEST_QUESTIONS} stories that tell a ${kind.name} and come back to it, and ${CANDIDATES} of them`;
    return {
      results: [],
      note: `no questions about a ${kind.name}: expected ${wanted}, got ${questions.length}`,
    };
  }
  const fillers = fillersOf(stories, kind.words(stories), tokenizer);
  const asked = placed(questions, fillers, subject, kind);
  const answers = await answer(subject, asked);
  const examples = asked.slice(0, FILLINGS.length).map(({ question, filling, context }) => {
    return {
      filling,
      context,
      candidates: question.candidates,
      right: question.candidates[question.right] ?? '',
    };
  });
  return { results: resultsOf(answers, kind, subject), details: { kind: kind.name, examples } };
}

function pictureOf(results: readonly ProbeResult[]): ProbePicture {
  const accuracies = results.filter(({ metric }) => metric.endsWith('Accuracy'));
  const series = accuracies.map(({ metric, slices }) => ({
    name: metric.replace('Accuracy', ''),
    points: slices.map(({ name, value, low, high }) => ({
      x: Number.parseInt(name, 10),
      y: value,
      low,
      high,
    })),
  }));
  const chart = {
    title: `A word told early: found among ${CANDIDATES} of its kind`,
    x: 'tokens between',
    y: 'share of questions',
    series,
    references: [{ axis: 'y' as const, value: 1 / CANDIDATES, label: 'chance' }],
  };
  return { name: `${NAME}-accuracy`, kind: 'lines', chart };
}

async function run(subject: ProbeSubject): Promise<ProbeReport> {
  const { validation, tokenizer } = subject;
  const stories = Array.from({ length: storyCount(validation) }, (_, story) =>
    tokenizer.decode(storyTokens(validation, story)),
  );
  const reports: KindReport[] = [];
  for (const [i, kind] of WORD_KINDS.entries()) {
    const share = (part: number): void => subject.onProgress?.((i + part) / WORD_KINDS.length);
    reports.push(await recallOf({ ...subject, onProgress: share }, stories, kind));
  }
  const results = reports.flatMap((report) => report.results);
  const notes = reports.flatMap(({ note }) => note ?? []);
  if (results.length === 0) {
    throw new DataError(
      `probe ${NAME}: ${notes.join('; ')}; name more stories, or stories in English, with --data`,
    );
  }
  return {
    results,
    notes,
    details: reports.flatMap(({ details }) => details ?? []),
    pictures: [pictureOf(results)],
  };
}

/**
 * Whether a name or a thing told early is remembered later, in the stories' own words.
 *
 *   context = beginning of a story, up to the sentence that tells the word
 *           + sentences of other stories without such words, of a given number of tokens
 *           + a later sentence of the story, up to where the word stands
 *   accuracy = share of questions where the word told is the most probable of 8 of its kind
 *   margin   = mean nats of the 7 others - nats of the word told
 *
 * The word told is drawn evenly from the 8, which have as many tokens each, and replaces the story's own, so that
 * chance is exactly 1/8 for any model that does not use what was told. Every question is asked at every distance;
 * intervals resample questions, one a story.
 */
export const storyRecall: Probe = {
  name: NAME,
  title: 'recall of a name or a thing told early in a story, by distance',
  source: 'As defined here; after the question of Paperno et al. 2016, arXiv:1606.06031 (LAMBADA).',
  run,
};
