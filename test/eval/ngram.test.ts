import { describe, expect, it } from 'vitest';
import type { TokenSet } from '../../data/index.js';
import { ngramNats } from '../../eval/ngram.js';
import { Rng } from '../../src/core/rng.js';

const END = 0;
const VOCABULARY = 5;

function setOf(stories: readonly (readonly number[])[]): TokenSet {
  const starts = [0];
  for (const story of stories) starts.push((starts.at(-1) ?? 0) + story.length);
  return {
    tokens: Uint16Array.from(stories.flat()),
    starts: Uint32Array.from(starts),
    storyBytes: Uint32Array.from(stories, ({ length }) => length),
    bytes: stories.flat().length,
    endOfText: END,
    vocabularySize: VOCABULARY,
  };
}

const START = -1;

/** All n-grams of a length that end with a predicted token, as texts, with the mark at the start of each story. */
function grams(stories: readonly (readonly number[])[], n: number): string[] {
  return stories.flatMap((story) => {
    const tokens = [START, ...story, END];
    return tokens.flatMap((_, end) =>
      end > 0 && end - n + 1 >= 0 ? [tokens.slice(end - n + 1, end + 1).join(' ')] : [],
    );
  });
}

/** The formula of the doc comment by counting texts, shares nothing with the source. */
function probability(
  stories: readonly (readonly number[])[],
  history: readonly number[],
  token: number,
  n: number,
  top = true,
): number {
  if (n === 0) return 1 / VOCABULARY;
  const shorter = (): number => probability(stories, history, token, n - 1, false);
  if (history.length < n - 1) return probability(stories, history, token, n - 1, top && false);
  const context = n === 1 ? [] : history.slice(-(n - 1));
  const all = grams(stories, n);
  const count = (gram: string): number => {
    const times = all.filter((other) => other === gram).length;
    if (top || gram.startsWith(String(START))) return times;
    return new Set(grams(stories, n + 1).filter((long) => long.endsWith(` ${gram}`))).size;
  };
  const kinds = [...new Set(all)];
  const values = kinds.map(count);
  const [ones, twos] = [1, 2].map((k) => values.filter((value) => value === k).length);
  const discount = ((ones ?? 0) + 0.5) / ((ones ?? 0) + 2 * (twos ?? 0) + 1);
  const prefix = context.map((each) => `${each} `).join('');
  const after = kinds.filter((gram) => gram.startsWith(prefix));
  const total = after.reduce((sum, gram) => sum + count(gram), 0);
  if (total === 0) return shorter();
  return (Math.max(count(`${prefix}${token}`) - discount, 0) + discount * after.length * shorter()) / total;
}

function draw(label: string, stories: number): number[][] {
  const rng = Rng.fromSeed(3).derive(label);
  return Array.from({ length: stories }, () =>
    Array.from({ length: 3 + rng.below(8) }, () => 1 + rng.below(VOCABULARY - 1)),
  );
}

describe('n-gram baselines', () => {
  it('are interpolated Kneser-Ney models, as counted out by hand', () => {
    const [training, validation] = [draw('training', 6), draw('validation', 2)];
    const wanted = [1, 2, 5].map((n) =>
      validation.reduce((sum, story) => {
        const tokens = [START, ...story, END];
        return (
          sum -
          tokens
            .slice(1)
            .reduce(
              (nats, token, i) => nats + Math.log(probability(training, tokens.slice(0, i + 1), token, n)),
              0,
            )
        );
      }, 0),
    );
    const found = ngramNats(setOf(training), setOf(validation));
    expect(found.map(({ name }) => name)).toEqual(['unigram', 'bigram', '5-gram']);
    for (const [i, { nats }] of found.entries()) expect(nats).toBeCloseTo(wanted[i] ?? NaN, 8);
  });

  it('give probabilities that sum to 1 over the tokens that may follow', () => {
    const training = draw('training', 12);
    // A story cut off behind one token is scored by that token alone.
    const after = (story: readonly number[]): number[] => {
      const cut = { ...setOf([story]), isCutOff: true as const };
      return ngramNats(setOf(training), cut).map(({ nats }) => nats);
    };
    for (const history of [[], [2], [2, 3, 1], [4, 4, 4, 4]]) {
      const before = history.length === 0 ? [0, 0, 0] : after(history);
      const sums = [0, 0, 0];
      for (let token = 0; token < VOCABULARY; token++) {
        const all = after([...history, token]);
        for (const [i, nats] of all.entries()) sums[i] = (sums[i] ?? 0) + Math.exp((before[i] ?? 0) - nats);
      }
      for (const sum of sums) expect(sum).toBeCloseTo(1, 10);
    }
  });

  it('know what a text repeats: a longer context is never much worse', () => {
    const story = [1, 2, 3, 4, 1, 3, 2, 4];
    const [unigram = NaN, bigram = NaN, five = NaN] = ngramNats(
      setOf(Array.from({ length: 20 }, () => story)),
      setOf([story]),
    ).map(({ nats }) => nats);
    expect(bigram).toBeLessThan(unigram);
    expect(five).toBeLessThan(0.2 * bigram);
  });
});
