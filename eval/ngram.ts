import { storyCount, storyTokens, type TokenSet } from '../data/index.js';

/** Two ways to count an n-gram. */
interface Counts {
  /** How often it occurs. */
  readonly times: number[];
  /** How many different tokens stand before it; of one that begins a story, how often it occurs. */
  readonly spread: number[];
}

/** The n-grams of one length, each at its place in the order in which they were first seen. */
interface Level {
  /** Places, by the place of the first n - 1 tokens and the last token. */
  readonly places: Map<number, number>;
  readonly own: Counts;
  /** The same of all n-grams one longer that begin with this one, together. */
  readonly after: Counts;
  /** How many those are. */
  readonly typesAfter: number[];
}

const noCounts = (): Counts => ({ times: [], spread: [] });

function increase(values: number[], place: number): void {
  values[place] = (values[place] ?? 0) + 1;
}

function discountOf(values: readonly number[]): number {
  let [ones, twos] = [0, 0];
  for (const value of values) {
    if (value === 1) ones++;
    if (value === 2) twos++;
  }
  return (ones + 0.5) / (ones + 2 * twos + 1);
}

/** Places of the n-grams that end right before a token, by length; those that are not known have none. */
type Context = readonly (number | undefined)[];

/** The n-grams of a text up to a length. */
class NgramTable {
  private readonly levels: readonly Level[];
  private readonly discounts: readonly { readonly times: number; readonly spread: number }[];

  constructor(
    private readonly training: TokenSet,
    private readonly longest: number,
  ) {
    this.levels = Array.from({ length: longest + 1 }, () => {
      return { places: new Map(), own: noCounts(), after: noCounts(), typesAfter: [] };
    });
    this.levels[1]?.places.set(this.key(0, training.vocabularySize), 0);
    for (let story = 0; story < storyCount(training); story++) this.read(targetsOf(training, story));
    this.discounts = this.levels.map(({ own }) => {
      return { times: discountOf(own.times), spread: discountOf(own.spread) };
    });
  }

  /** A number for a token behind an n-gram; the mark at the start of a story comes after the vocabulary. */
  private key(before: number, token: number): number {
    return before * (this.training.vocabularySize + 1) + token;
  }

  /** Before the first token of a story: the empty n-gram, and the mark at its start. */
  readonly start: Context = [0, 0];

  private read(tokens: Iterable<number>): void {
    let before = this.start;
    for (const token of tokens) {
      const now: number[] = [0];
      const reach = Math.min(this.longest, before.length);
      for (let length = 1; length <= reach; length++) now.push(this.count(length, before, token, now));
      before = now;
    }
  }

  /** Counts the n-gram of a length that ends with a token, and gives its place. */
  private count(length: number, before: Context, token: number, shorter: readonly number[]): number {
    const [level, parents, inner] = [this.levels[length], this.levels[length - 1], this.levels[length - 2]];
    const parent = before[length - 1] ?? 0;
    if (!level || !parents) return 0;
    const key = this.key(parent, token);
    const known = level.places.get(key);
    const place = known ?? level.places.size;
    increase(level.own.times, place);
    increase(parents.after.times, parent);
    // Nothing stands before what begins a story.
    if (length === before.length) {
      increase(level.own.spread, place);
      increase(parents.after.spread, parent);
    }
    if (known !== undefined) return place;
    level.places.set(key, place);
    increase(parents.typesAfter, parent);
    if (inner) {
      increase(parents.own.spread, shorter[length - 1] ?? 0);
      increase(inner.after.spread, before[length - 2] ?? 0);
    }
    return place;
  }

  /** The probability of a token, smoothed with that of a model one shorter; that one where the context is not known. */
  private interpolate(
    length: number,
    how: keyof Counts,
    context: number,
    place: number | undefined,
    shorter: number,
  ): number {
    const [level, parents] = [this.levels[length], this.levels[length - 1]];
    const total = parents?.after[how][context] ?? 0;
    if (!level || !parents || total === 0) return shorter;
    const discount = this.discounts[length]?.[how] ?? 0;
    const own = place === undefined ? 0 : (level.own[how][place] ?? 0);
    const left = discount * (parents.typesAfter[context] ?? 0);
    return (Math.max(own - discount, 0) + left * shorter) / total;
  }

  /** Probabilities of a token under the models of 1 to the longest length, and the context of the next. */
  predict(before: Context, token: number): { readonly probabilities: number[]; readonly next: Context } {
    const probabilities: number[] = [];
    let shorter = 1 / this.training.vocabularySize;
    const next: (number | undefined)[] = [0];
    for (let length = 1; length <= this.longest; length++) {
      const context = before[length - 1];
      const place =
        context === undefined ? undefined : this.levels[length]?.places.get(this.key(context, token));
      const by = (how: keyof Counts): number =>
        context === undefined ? shorter : this.interpolate(length, how, context, place, shorter);
      probabilities.push(by('times'));
      shorter = by('spread');
      if (length <= before.length) next.push(place);
    }
    return { probabilities, next };
  }
}

/** The tokens of a story that are predicted: its own, and the end of the text where it is not cut off. */
function targetsOf(set: TokenSet, story: number): readonly number[] {
  const isCut = set.isCutOff === true && story === storyCount(set) - 1;
  return [...storyTokens(set, story), ...(isCut ? [] : [set.endOfText])];
}

/** What a simple model scores. */
interface Baseline {
  readonly name: string;
  /** Sum over all targets of the validation stories. */
  readonly nats: number;
}

/** The n-grams that are scored, by their length. */
const SCORED: readonly (readonly [name: string, length: number])[] = [
  ['unigram', 1],
  ['bigram', 2],
  ['5-gram', 5],
];

/**
 * Nats of validation stories under n-gram models of the training text, with interpolated Kneser-Ney smoothing.
 *
 *   P_n(w | h) = max(c(h w) - D_n, 0) / c(h) + D_n t(h) / c(h) P_{n-1}(w | h without its first token)
 *   D_n = (n_1 + 1/2) / (n_1 + 2 n_2 + 1),   P_0 = 1 / vocabulary size
 *
 * c are counts for the length asked for, and the number of different tokens before for shorter ones; c(h) is the sum
 * over w, t(h) the number of different w, n_1 and n_2 the n-grams with c of 1 and 2. A story begins with a mark of its
 * own, before which nothing stands, so that what begins with it keeps its counts. The halves keep D_n above 0.
 * Source: Kneser and Ney 1995, ICASSP; Chen and Goodman 1999, Comput. Speech Lang. 13:359, interpolated form.
 */
export function ngramNats(training: TokenSet, validation: TokenSet): readonly Baseline[] {
  const table = new NgramTable(training, Math.max(...SCORED.map(([, length]) => length)));
  const sums = SCORED.map(() => 0);
  for (let story = 0; story < storyCount(validation); story++) {
    let context = table.start;
    for (const token of targetsOf(validation, story)) {
      const { probabilities, next } = table.predict(context, token);
      for (const [i, [, length]] of SCORED.entries()) {
        sums[i] = (sums[i] ?? 0) - Math.log(probabilities[length - 1] ?? NaN);
      }
      context = next;
    }
  }
  return SCORED.map(([name], i) => ({ name, nats: sums[i] ?? NaN }));
}
