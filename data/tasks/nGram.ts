import type { Question } from './contract.js';
import { at } from './drawing.js';

/** An in-context n-gram model. */
interface NGramOptions {
  /** Tokens of a gram: n - 1 of context and the next one. */
  readonly n: number;
  readonly classes: number;
  /** Tokens below this are predicted; any other ends a string. */
  readonly symbols: number;
}

/** Stands before the first symbol of a string. */
const START = -1;

/** What came after each context of one length, and how often the context itself came. */
class ContextCounts {
  private readonly followers = new Map<string, Float64Array>();
  private readonly seen = new Map<string, number>();

  constructor(private readonly classes: number) {}

  addFollower(context: string, symbol: number): void {
    const counts = this.followersOf(context);
    counts[symbol] = at(counts, symbol) + 1;
    this.followers.set(context, counts);
  }

  addContext(context: string): void {
    this.seen.set(context, (this.seen.get(context) ?? 0) + 1);
  }

  followersOf(context: string): Float64Array {
    return this.followers.get(context) ?? new Float64Array(this.classes);
  }

  /**
   * The law of the next symbol: counts over how often the context came, the present time included, and what is left
   * over goes to symbols not seen after it, in proportion to the law of the shorter context.
   */
  law(context: string, shorter: Float64Array): Float64Array {
    const counts = this.followersOf(context);
    const times = this.seen.get(context) ?? 1;
    const left = 1 - counts.reduce((a, b) => a + b, 0) / times;
    const unseen = shorter.reduce((sum, p, c) => sum + (at(counts, c) > 0 ? 0 : p), 0);
    return counts.map((count, c) =>
      count > 0 ? count / times : unseen > 0 ? (left * at(shorter, c)) / unseen : 0,
    );
  }
}

class NGramModel {
  private readonly orders: readonly ContextCounts[];
  private context: number[];

  constructor(private readonly options: NGramOptions) {
    this.orders = Array.from({ length: options.n }, () => new ContextCounts(options.classes));
    this.context = this.emptyContext();
    this.noteContext();
  }

  private emptyContext(): number[] {
    return new Array<number>(this.options.n - 1).fill(START);
  }

  /** The last `order` tokens of the string. */
  private name(order: number): string {
    return this.context.slice(this.context.length - order).join();
  }

  private noteContext(): void {
    for (const [order, counts] of this.orders.entries()) counts.addContext(this.name(order));
  }

  read(token: number): void {
    if (token >= this.options.symbols) this.context = this.emptyContext();
    else {
      for (const [order, counts] of this.orders.entries()) counts.addFollower(this.name(order), token);
      this.context = [...this.context, token].slice(1 - this.options.n);
      if (this.options.n === 1) this.context = [];
    }
    this.noteContext();
  }

  predict(): Float32Array {
    let law: Float64Array = new Float64Array(this.options.classes);
    for (const [order, counts] of this.orders.entries())
      law = order === 0 ? counts.followersOf('').slice() : counts.law(this.name(order), shares(law));
    return Float32Array.from(shares(law), (p) => Math.log(p));
  }
}

/** In proportion, with sum 1. */
function shares(weights: Float64Array): Float64Array {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * Log-probabilities of an n-gram model with back-off that counts in the row itself, up to the position asked. Contexts
 * do not reach over the end of a string; symbols that the row has not shown have no probability.
 *
 * Source: the n-gram baselines of Akyürek et al. 2024, arXiv:2401.12973 (berlino/seq_icl ngram.py, `backoff` and not
 * `addone`); deviation: the start of a string is one context of each length, there a short one counts more than once.
 */
export function nGram({ inputs, positions }: Question, options: NGramOptions): Float32Array[] {
  const model = new NGramModel(options);
  let t = 0;
  return Array.from(positions, (position) => {
    for (; t <= position; t++) model.read(at(inputs, t));
    return model.predict();
  });
}
