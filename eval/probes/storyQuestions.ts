import type { Tokenizer } from '../../data/index.js';
import type { Rng } from '../../src/core/rng.js';

/** Stories that must hold a word in the way of its kind for it to count. */
const FEWEST_STORIES = 2;

/** A thing that this share of the stories introduces is a formula of theirs, such as `once upon a time`. */
const FORMULA_SHARE = 0.1;

/** The sentences of a text, each with its closing quotation marks, without spaces around. */
export function sentencesOf(text: string): string[] {
  const parts = text.replaceAll(/\s+/g, ' ').match(/[^.!?]+[.!?]+["'”’]*/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** In how many of the texts each word stands that the pattern's first group finds. */
function textCounts(texts: readonly string[], pattern: RegExp): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const words = new Set(Array.from(text.matchAll(pattern), ([, word = '']) => word));
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Words in the order of how many texts hold them, most first, then of the alphabet. */
function byCount(counts: ReadonlyMap<string, number>): string[] {
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return ranked.map(([word]) => word);
}

/**
 * Names in the stories, commonest first: words that are capitalised in the middle of a sentence in at least two
 * stories, and hardly ever begin with a small letter.
 */
export function namesIn(stories: readonly string[]): string[] {
  const inside = textCounts(stories, /(?<=[a-z,] )([A-Z][a-z]{2,})\b/g);
  const small = textCounts(stories, /\b([a-z]{3,})\b/g);
  const names = [...inside].filter(([word, count]) => {
    return count >= FEWEST_STORIES && (small.get(word.toLowerCase()) ?? 0) * 20 <= count;
  });
  return byCount(new Map(names));
}

/**
 * Things in the stories, commonest first: words that end a phrase with `a` before them in at least two stories, and
 * with `the` in two, perhaps with one word between. Only those that `a`, not `an`, goes before, none that follow a
 * word such as `very` or `it`, and none that a tenth of all stories introduce.
 */
export function thingsIn(stories: readonly string[]): string[] {
  const introduced = textCounts(stories, /\ba (?:[a-z]+ )?([b-df-hj-np-tv-z][a-z]{2,})(?=[.,!?])/g);
  const known = textCounts(stories, /\bthe (?:[a-z]+ )?([a-z]{3,})(?=[.,!?])/g);
  const other = textCounts(stories, /\b(?:very|so|it|me) ([a-z]{3,})\b/g);
  const most = Math.max(FEWEST_STORIES, FORMULA_SHARE * stories.length);
  const things = [...introduced].filter(([word, count]) => {
    const named = count >= FEWEST_STORIES && (known.get(word) ?? 0) >= FEWEST_STORIES;
    return named && count <= most && !other.has(word);
  });
  return byCount(new Map(things));
}

/** What is told and asked for. */
export interface WordKind {
  readonly name: string;
  /** Words of the kind in the stories. */
  words(stories: readonly string[]): readonly string[];
  /** Finds the word told in a sentence. */
  told(word: string): RegExp;
  /** Finds the word in a sentence that can ask for it; what stands before the word is its first group. */
  asked(word: string): RegExp;
}

export const WORD_KINDS: readonly WordKind[] = [
  {
    name: 'name',
    words: namesIn,
    told: (word) => new RegExp(`\\b${word}\\b`),
    asked: (word) => new RegExp(`^(.*\\S) ${word}\\b`),
  },
  {
    name: 'thing',
    words: thingsIn,
    told: (word) => new RegExp(`\\ba (?:[a-z]+ )?${word}\\b`),
    asked: (word) => new RegExp(`^(.*\\b[Tt]he(?: [a-z]+)?) ${word}\\b`),
  },
];

/** A word told at the beginning of a story, to be asked for by a later sentence of it. */
export interface StoryQuestion {
  readonly story: number;
  /** The story up to the sentence that tells the word, which is candidate `right`. */
  readonly tell: string;
  /** A later sentence up to where the word stands. */
  readonly ask: string;
  /** Words of one kind and one number of tokens, in no story order. */
  readonly candidates: readonly string[];
  readonly right: number;
}

/** Most tokens of what tells, and of what asks. */
const MOST_TELL = 64;
const MOST_ASK = 32;

function tokensOf(tokenizer: Tokenizer, text: string): number {
  return tokenizer.encode(text).length;
}

/** The largest group of words of the same number of tokens, as they stand behind a space. */
export function equallyLong(words: readonly string[], tokenizer: Tokenizer): string[] {
  const groups = new Map<number, string[]>();
  for (const word of words) {
    const length = tokensOf(tokenizer, ` ${word}`);
    groups.set(length, [...(groups.get(length) ?? []), word]);
  }
  return [...groups.values()].reduce((best, group) => (group.length > best.length ? group : best), []);
}

function holds(text: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(text);
}

/** Where a story tells a word and asks for it, if it does. */
function tellAndAsk(
  sentences: readonly string[],
  word: string,
  kind: WordKind,
): { readonly tell: string; readonly ask: string } | undefined {
  const first = sentences.findIndex((sentence) => holds(sentence, word));
  if (first < 0 || !kind.told(word).test(sentences[first] ?? '')) return undefined;
  for (const sentence of sentences.slice(first + 1)) {
    // The shortest match: what asks must not hold the word itself.
    const ask = kind.asked(word).exec(sentence)?.[1];
    if (ask !== undefined && !holds(ask, word)) return { tell: sentences.slice(0, first + 1).join(' '), ask };
  }
  return undefined;
}

interface QuestionOptions {
  readonly kind: WordKind;
  readonly tokenizer: Tokenizer;
  /** Words to choose from, the right one included. */
  readonly candidates: number;
  readonly most: number;
  readonly rng: Rng;
}

/**
 * Questions from stories, at most one a story. The word a story tells is replaced, wherever it stands in what
 * tells, by one drawn evenly from the candidates, which are themselves drawn evenly from words that the question
 * does not hold: a model that does not use what was told is right once in as many times as there are candidates.
 */
export function storyQuestions(stories: readonly string[], options: QuestionOptions): StoryQuestion[] {
  const { kind, tokenizer, candidates, most, rng } = options;
  const words = kind.words(stories);
  const pool = equallyLong(words, tokenizer);
  const order = rng.derive('stories').shuffle(stories.map((_, story) => story));
  const questions: StoryQuestion[] = [];
  for (const story of order) {
    if (questions.length === most) break;
    const sentences = sentencesOf(stories[story] ?? '');
    const draw = rng.derive('story', story);
    for (const word of words) {
      const found = tellAndAsk(sentences, word, kind);
      if (
        !found ||
        tokensOf(tokenizer, found.tell) > MOST_TELL ||
        tokensOf(tokenizer, found.ask) > MOST_ASK
      ) {
        continue;
      }
      const free = pool.filter((other) => !holds(`${found.tell} ${found.ask}`, other) || other === word);
      const chosen = draw.shuffle(free).slice(0, candidates);
      if (chosen.length < candidates) continue;
      const right = draw.below(candidates);
      const tell = found.tell.replaceAll(new RegExp(`\\b${word}\\b`, 'g'), chosen[right] ?? word);
      questions.push({ story, tell, ask: found.ask, candidates: chosen, right });
      break;
    }
  }
  return questions;
}

/** A sentence to stand between what tells and what asks. */
export interface Filler {
  readonly story: number;
  readonly text: string;
  /** Tokens behind a space. */
  readonly tokens: number;
}

/** The sentences of the stories that hold none of the words. */
export function fillersOf(
  stories: readonly string[],
  words: readonly string[],
  tokenizer: Tokenizer,
): Filler[] {
  const any = new RegExp(`\\b(?:${words.join('|')})\\b`);
  return stories.flatMap((text, story) =>
    sentencesOf(text)
      .filter((sentence) => !any.test(sentence))
      .map((sentence) => ({ story, text: sentence, tokens: tokensOf(tokenizer, ` ${sentence}`) })),
  );
}

/** Fillers tried for the last few tokens. */
const TRIES = 200;
/** Tokens that a filling may miss. */
const SLACK = 4;

/**
 * Sentences of other stories, in random order, of at most so many tokens together; undefined when three quarters
 * cannot be filled.
 */
export function fillingOf(
  fillers: readonly Filler[],
  { story }: StoryQuestion,
  tokens: number,
  rng: Rng,
): string[] | undefined {
  const filling: string[] = [];
  let left = tokens;
  for (let tried = 0; tried < TRIES && left > SLACK && fillers.length > 0; tried++) {
    const filler = fillers[rng.below(fillers.length)];
    if (!filler || filler.story === story || filler.tokens > left || filling.includes(filler.text)) continue;
    filling.push(filler.text);
    left -= filler.tokens;
  }
  return left * 4 > tokens ? undefined : filling;
}
