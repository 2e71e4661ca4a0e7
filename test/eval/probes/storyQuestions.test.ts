import { describe, expect, it } from 'vitest';
import { toyStories } from '../../../data/index.js';
import {
  equallyLong,
  fillersOf,
  fillingOf,
  storyQuestions,
  WORD_KINDS,
} from '../../../eval/probes/storyQuestions.js';
import { judge } from '../../../eval/probes/storyRecall.js';
import { namesIn, sentencesOf, thingsIn } from '../../../eval/probes/storyQuestions.js';
import { Rng } from '../../../src/core/rng.js';
import { bytesTokenizer, toyTokenizer } from './subjects.js';

const stories = [
  'One day, Lily saw a big dog. The dog ran to Tom. "Look, Tom!" said Lily. The hat was red. She patted the dog.',
  'There was a girl named Lily. She met Tom and Mia by the pond. Mia saw a hat. Tom took the hat. Lily had a dog.',
  'Once, a boy named Tom had a hat. His mom and Mom’s friend saw the dog. It was very big. Then Mia lost the hat.',
];

describe('words in stories', () => {
  it('splits sentences with their quotation marks', () => {
    expect(sentencesOf('He ran.\n"Stop!" she said. Why? No end')).toEqual([
      'He ran.',
      '"Stop!"',
      'she said.',
      'Why?',
    ]);
  });

  it('names are capitalised inside sentences of two stories, and never small', () => {
    expect(namesIn(stories)).toEqual(['Tom', 'Lily', 'Mia']);
    expect(
      namesIn([...stories, 'A lily grew. The mia is a lily.', 'His mia saw Mom. Her mom saw Mom.']),
    ).toEqual(['Tom']);
  });

  it('things come with a and with the, and are not what very goes before', () => {
    expect(thingsIn(stories)).toEqual(['dog', 'hat']);
    expect(thingsIn(['A cat saw a big. The cat saw the big.'])).toEqual([]);
  });
});

describe('story questions', () => {
  const tokenizer = toyTokenizer();
  const toy = toyStories().validation;

  it.each(WORD_KINDS.map((kind) => [kind.name, kind] as const))(
    'about a %s tell one of the candidates, hold none of the others, and ask without it',
    (_, kind) => {
      const options = { kind, tokenizer, candidates: 8, most: 200, rng: Rng.fromSeed(3) };
      const questions = storyQuestions(toy, options);
      expect(questions.length).toBeGreaterThan(50);
      expect(new Set(questions.map(({ story }) => story)).size).toBe(questions.length);
      const told = new Set<number>();
      for (const { tell, ask, candidates, right, story } of questions) {
        const word = candidates[right]!;
        told.add(right);
        expect(new Set(candidates).size).toBe(8);
        expect(tell).toMatch(new RegExp(`\\b${word}\\b`));
        for (const other of candidates.filter((candidate) => candidate !== word)) {
          expect(`${tell} ${ask}`).not.toMatch(new RegExp(`\\b${other}\\b`));
        }
        expect(ask).not.toMatch(new RegExp(`\\b${word}\\b`));
        expect(toy[story]!.replaceAll('\n', ' ')).toContain(ask);
        expect(new Set(candidates.map((candidate) => tokenizer.encode(` ${candidate}`).length)).size).toBe(1);
      }
      expect(told.size).toBe(8);
      expect(storyQuestions(toy, options)).toEqual(questions);
      expect(storyQuestions(toy, { ...options, most: 5 })).toEqual(questions.slice(0, 5));
    },
  );

  it('tells a right word that chance would find once in 8 times', () => {
    const [kind] = WORD_KINDS;
    const rights = Array.from({ length: 6 }, (_, seed) =>
      storyQuestions(toy, {
        kind: kind!,
        tokenizer,
        candidates: 8,
        most: 200,
        rng: Rng.fromSeed(seed),
      }),
    ).flat();
    // A reader with a favourite name, who always picks the first of the alphabet.
    const lucky = rights.filter(({ candidates, right }) => [...candidates].sort()[0] === candidates[right]);
    const share = lucky.length / rights.length;
    const error = Math.sqrt(0.125 * 0.875) / Math.sqrt(rights.length);
    expect(Math.abs(share - 0.125)).toBeLessThan(3 * error);
  });

  it('fills with sentences of other stories, without the words, up to the tokens asked for', () => {
    const [kind] = WORD_KINDS;
    const names = kind!.words(toy);
    const fillers = fillersOf(toy, names, tokenizer);
    expect(fillers.length).toBeGreaterThan(20);
    const any = new RegExp(`\\b(${names.join('|')})\\b`);
    const question = { story: 3, tell: '', ask: '', candidates: [], right: 0 };
    for (const tokens of [0, 16, 64, 128]) {
      const filling = fillingOf(fillers, question, tokens, Rng.fromSeed(tokens))!;
      const length = filling.reduce((sum, text) => sum + tokenizer.encode(` ${text}`).length, 0);
      expect(length).toBeLessThanOrEqual(tokens);
      expect(length).toBeGreaterThanOrEqual(0.75 * tokens);
      expect(filling.join(' ')).not.toMatch(any);
      const sources = fillers.filter(({ text }) => filling.includes(text));
      expect(
        filling.every((text) => sources.some((filler) => filler.text === text && filler.story !== 3)),
      ).toBe(true);
    }
    expect(fillingOf(fillers.slice(0, 1), question, 128, Rng.fromSeed(1))).toBeUndefined();
  });

  it.each([
    ['compact', toyTokenizer()],
    ['bytes', bytesTokenizer()],
  ])('a word behind a space is the same tokens with and without its context (%s)', (_, own) => {
    const context = 'One day, Dora and her aunt walked to the lake. She gave it to';
    for (const word of ['Dora', 'Zeke', 'drum']) {
      expect(own.encode(`${context} ${word}`)).toEqual([...own.encode(context), ...own.encode(` ${word}`)]);
    }
  });

  it('keeps the largest group of words of one length', () => {
    expect(equallyLong(['Tom', 'Lily', 'Mia', 'Sam'], bytesTokenizer())).toEqual(['Tom', 'Mia', 'Sam']);
    expect(equallyLong([], bytesTokenizer())).toEqual([]);
  });
});

describe('judge', () => {
  it('gives the most probable word the point, shares it among equals, and measures the margin', () => {
    expect(judge([3, 1, 5], 1)).toEqual({ right: 1, margin: 3 });
    expect(judge([3, 1, 5], 0)).toEqual({ right: 0, margin: 0 });
    expect(judge([2, 2, 2, 2], 3)).toEqual({ right: 0.25, margin: 0 });
    expect(judge([1, 1, 4], 0)).toEqual({ right: 0.5, margin: 1.5 });
  });
});
