import { describe, expect, it } from 'vitest';
import { toyStories, toyStory } from '../../../data/index.js';

describe('toy stories', () => {
  const { train, validation } = toyStories({ trainStories: 1500, validationStories: 500 });

  it('are a pure function of seed, index and split', () => {
    expect(toyStory(3, 17, 'train')).toBe(toyStory(3, 17, 'train'));
    expect(toyStory(3, 17, 'train')).not.toBe(toyStory(4, 17, 'train'));
    expect(toyStory(0, 17, 'train')).toBe(train[17]);
    expect(toyStory(0, 17, 'validation')).toBe(validation[17]);
  });

  it('differ from each other and never cross from one split to the other', () => {
    expect(new Set(train).size).toBe(train.length);
    expect(new Set(validation).size).toBe(validation.length);
    const otherSeed = toyStories({ seed: 9, trainStories: 1500, validationStories: 0 }).train;
    const seen = new Set([...train, ...otherSeed]);
    expect(validation.filter((story) => seen.has(story))).toEqual([]);
  });

  it('never give a hero the same toy in both splits', () => {
    const owners = (stories: readonly string[]): Set<string> => {
      const owner = /([A-Z][a-z]+) had an? (?:[a-z]+ and an? )?([a-z]+ [a-z]+)(?:\.| and)/;
      const found = stories.map((story) => owner.exec(story)).filter((match) => match !== null);
      return new Set(
        found.map(([, name, toy]) => `${name} ${toy}`).filter((pair) => !/^S?[Hh]e /.test(pair)),
      );
    };
    const [inTrain, inValidation] = [owners(train), owners(validation)];
    expect(inTrain.size).toBeGreaterThan(500);
    expect(inValidation.size).toBeGreaterThan(80);
    expect([...inValidation].filter((pair) => inTrain.has(pair))).toEqual([]);
  });

  it('use all of their words in both splits', () => {
    const words = (stories: readonly string[]) => new Set(stories.join(' ').match(/[A-Za-z]+/g));
    expect(words(validation)).toEqual(words(train));
    expect(words(train).size).toBeGreaterThan(200);
  });

  it('read as sentences', () => {
    for (const story of [...train, ...validation]) {
      expect(story).toMatch(/^[A-Z].*[."!]$/);
      expect(story).not.toMatch(/ {2}|undefined|\ba [aeiou]|\ban [^aeiou]/);
      expect(story).not.toMatch(/[.!?] [a-z]/);
    }
  });

  it('come back to their things and people', () => {
    for (const story of train) {
      const things = story.match(/(red|blue|green|yellow|orange|purple|white|black) \w+/g) ?? [];
      const counts = new Map(
        things.map((thing) => [thing, things.filter((other) => other === thing).length]),
      );
      expect(Math.max(...counts.values())).toBeGreaterThanOrEqual(2);
    }
  });
});
