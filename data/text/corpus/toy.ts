import { Rng } from '../../../src/core/rng.js';
import { ConfigError } from '../../../src/core/errors.js';
import { optionsCheck } from '../../../src/core/options.js';
import { natural } from '../../../src/core/schema.js';
import { type Cast, plots } from './toyPlots.js';
import { animals, colours, elders, feelings, foods, people, places, spots, toys } from './toyWords.js';

/** Which part of the generated stories. */
export type Split = 'train' | 'validation';

/** One cast in so many belongs to the validation split. */
const VALIDATION_SHARE = 16;

function pick<T>(rng: Rng, items: readonly T[]): T {
  const item = items[rng.below(items.length)];
  if (item === undefined) throw new ConfigError('toy: expected a list with items, got an empty one');
  return item;
}

function pickTwo<T>(rng: Rng, items: readonly T[]): [T, T] {
  const first = pick(rng, items);
  const others = items.filter((item) => item !== first);
  return [first, pick(rng, others)];
}

function drawCast(rng: Rng): Cast {
  const [hero, friend] = pickTwo(rng, people);
  const [toy, otherToy] = pickTwo(rng, toys);
  const [colour, otherColour] = pickTwo(rng, colours);
  const [spot, wrongSpot] = pickTwo(rng, spots);
  return {
    hero,
    friend,
    spot,
    wrongSpot,
    toy: `${colour} ${toy}`,
    otherToy: `${otherColour} ${otherToy}`,
    elder: pick(rng, elders),
    place: pick(rng, places),
    animal: pick(rng, animals),
    food: pick(rng, foods),
    feeling: pick(rng, feelings),
  };
}

/** Every plot names the hero and the toy, so a split by them keeps the texts of the two splits apart. */
function splitOf({ hero, toy }: Cast): Split {
  const label = `${hero.name} ${toy}`;
  return Rng.fromSeed(0).derive('toy-split', label).below(VALIDATION_SHARE) === 0 ? 'validation' : 'train';
}

/**
 * One small story, a pure function of its arguments: a few sentences in which names, things and places come
 * back, so that guessing the later ones takes memory.
 *
 * The splits never share a text: a hero with a toy belongs to one split, whatever the seed.
 */
export function toyStory(seed: number, index: number, split: Split): string {
  const rng = Rng.fromSeed(seed).derive('toy', split, index);
  let cast = drawCast(rng);
  while (splitOf(cast) !== split) cast = drawCast(rng);
  const plot = pick(rng, plots);
  return plot(cast, (...ways) => pick(rng, ways)).join(' ');
}

/** How many stories and from which seed. */
export interface ToyOptions {
  readonly seed?: number;
  readonly trainStories?: number;
  readonly validationStories?: number;
}

const checkOptions = optionsCheck<ToyOptions>({
  seed: natural.optional(),
  trainStories: natural.optional(),
  validationStories: natural.optional(),
});

/** The generated stories of both splits. */
export interface ToyStories {
  readonly train: readonly string[];
  readonly validation: readonly string[];
}

/** All stories of both splits; the defaults give about 1 MB of text. */
export function toyStories(options: ToyOptions = {}): ToyStories {
  const { seed = 0, trainStories = 3000, validationStories = 200 } = checkOptions('toyStories', options);
  const make = (count: number, split: Split): string[] =>
    Array.from({ length: count }, (_, index) => toyStory(seed, index, split));
  return { train: make(trainStories, 'train'), validation: make(validationStories, 'validation') };
}
