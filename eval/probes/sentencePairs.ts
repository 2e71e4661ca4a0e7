import { DataError } from '../../src/core/errors.js';
import { isObject } from '../../src/core/isObject.js';
import type { Rng } from '../../src/core/rng.js';
import { shown } from '../../src/core/text.js';
import type { SentencePair } from '../contract.js';

const GIRLS = ['Lily', 'Mia', 'Sara', 'Anna', 'Lucy', 'Emma', 'Sue'];
const BOYS = ['Tom', 'Ben', 'Tim', 'Max', 'Sam', 'Jack', 'Bob'];
/** Singular and plural. */
const NOUNS = [
  ['dog', 'dogs'],
  ['cat', 'cats'],
  ['bird', 'birds'],
  ['ball', 'balls'],
  ['flower', 'flowers'],
  ['car', 'cars'],
  ['boy', 'boys'],
  ['girl', 'girls'],
  ['tree', 'trees'],
  ['toy', 'toys'],
  ['box', 'boxes'],
] as const;
const AFTER_AN = ['apple', 'egg', 'owl', 'elephant', 'ant', 'umbrella'];
const ADJECTIVES = ['happy', 'sad', 'big', 'small', 'nice', 'red', 'pretty', 'good'];
/** The form after "did not", and the past. */
const VERBS = [
  ['run', 'ran'],
  ['go', 'went'],
  ['see', 'saw'],
  ['find', 'found'],
  ['eat', 'ate'],
  ['say', 'said'],
  ['give', 'gave'],
  ['take', 'took'],
] as const;

/** Pairs of each phenomenon, and the fewest that say anything. */
const [EACH, FEWEST] = [64, 8];

/** Draws from lists of words. */
interface Draw {
  of<T>(list: readonly T[]): T;
  /** True every other time, on average. */
  coin(): boolean;
}

function drawsOf(rng: Rng): Draw {
  return {
    of: (list) => list[rng.below(list.length)] as (typeof list)[number], // an index of the list
    coin: () => rng.below(2) === 0,
  };
}

type Maker = (draw: Draw) => Pick<SentencePair, 'good' | 'bad'>;

/** A sentence with each of two words in the place that is left open. */
const either = (good: string, bad: string, sentence: (word: string) => string): ReturnType<Maker> => ({
  good: sentence(good),
  bad: sentence(bad),
});

function wasOrWere(draw: Draw, subjectOf: (number: 0 | 1) => string): ReturnType<Maker> {
  const number = draw.coin() ? 0 : 1;
  const [right, wrong] = number === 0 ? ['was', 'were'] : ['were', 'was'];
  const [subject, adjective] = [subjectOf(number), draw.of(ADJECTIVES)];
  return either(right, wrong, (verb) => `The ${subject} ${verb} ${adjective}.`);
}

const PHENOMENA: Readonly<Record<string, Maker>> = {
  agreement: (draw) => wasOrWere(draw, (number) => draw.of(NOUNS)[number]),
  'agreement across a noun': (draw) =>
    wasOrWere(draw, (number) => `${draw.of(NOUNS)[number]} near the ${draw.of(NOUNS)[number === 0 ? 1 : 0]}`),
  reflexive(draw) {
    const isGirl = draw.coin();
    const [right, wrong] = isGirl ? ['herself', 'himself'] : ['himself', 'herself'];
    const name = draw.of(isGirl ? GIRLS : BOYS);
    return either(right, wrong, (word) => `${name} looked at ${word}.`);
  },
  article(draw) {
    const takesAn = draw.coin();
    const [right, wrong] = takesAn ? ['an', 'a'] : ['a', 'an'];
    const [name, noun] = [draw.of([...GIRLS, ...BOYS]), takesAn ? draw.of(AFTER_AN) : draw.of(NOUNS)[0]];
    return either(right, wrong, (article) => `${name} saw ${article} ${noun}.`);
  },
  'number after two'(draw) {
    const [name, [one, several]] = [draw.of([...GIRLS, ...BOYS]), draw.of(NOUNS)];
    return either(several, one, (noun) => `${name} had two ${noun}.`);
  },
  'verb after did not'(draw) {
    const [name, [base, past]] = [draw.of([...GIRLS, ...BOYS]), draw.of(VERBS)];
    return either(base, past, (verb) => `${name} did not ${verb}.`);
  },
  'word order'(draw) {
    const [name, adjective, [noun]] = [draw.of([...GIRLS, ...BOYS]), draw.of(ADJECTIVES), draw.of(NOUNS)];
    return either(`${adjective} ${noun}`, `${noun} ${adjective}`, (words) => `${name} had the ${words}.`);
  },
};

/** What pairs there are, and of which phenomena there were too few. */
interface MadePairs {
  readonly pairs: readonly SentencePair[];
  readonly missing: readonly string[];
}

/**
 * Different pairs of sentences in the words of simple stories, of which one breaks a rule of English.
 *
 * @param isFair says which pairs to take, such as those of equally many tokens
 */
export function sentencePairs(rng: Rng, isFair: (pair: SentencePair) => boolean): MadePairs {
  const made = Object.entries(PHENOMENA).map(([phenomenon, make]) => {
    const draw = drawsOf(rng.derive(phenomenon));
    const found = new Map<string, SentencePair>();
    for (let tries = 0; found.size < EACH && tries < 20 * EACH; tries++) {
      const pair = { phenomenon, ...make(draw) };
      if (isFair(pair)) found.set(pair.good, pair);
    }
    return { phenomenon, pairs: [...found.values()] };
  });
  const enough = made.filter(({ pairs }) => pairs.length >= FEWEST);
  return {
    pairs: enough.flatMap(({ pairs }) => pairs),
    missing: made.filter((one) => !enough.includes(one)).map(({ phenomenon }) => phenomenon),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/**
 * Pairs from lines of JSON with `sentence_good` and `sentence_bad`, as BLiMP has them; `linguistics_term` or `UID` names the
 * phenomenon.
 *
 * @throws DataError with the file and line of the first that is none, or for a file without pairs.
 */
export function readSentencePairs(name: string, text: string): SentencePair[] {
  const pairs = text.split(/\r?\n/).flatMap((line, i): SentencePair[] => {
    if (line.trim() === '') return [];
    const fields = fieldsOf(line);
    const { sentence_good: good, sentence_bad: bad, linguistics_term: term, UID: id } = fields;
    if (!isText(good) || !isText(bad)) {
      throw new DataError(
        `${name}:${i + 1}: expected a JSON object with the texts sentence_good and sentence_bad, got ${shown(line)}`,
      );
    }
    if (good === bad) {
      throw new DataError(`${name}:${i + 1}: expected two different sentences, got ${shown(good)} twice`);
    }
    return [{ phenomenon: [term, id].find(isText) ?? 'pairs', good, bad }];
  });
  if (pairs.length > 0) return pairs;
  throw new DataError(`${name}: expected a pair of sentences a line, got none; see 'pavlov eval --help'`);
}

/** The fields of a line of JSON; none where it is no object. */
function fieldsOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
