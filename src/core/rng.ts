import { hashText } from './text.js';

/** The whole state of a stream: four 32-bit words. */
export type RngState = readonly [number, number, number, number];

/** SplitMix32: spreads one word over many, so that near seeds give far streams. */
function splitMix(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

/**
 * A seeded random stream with a state that can be saved, and sub-streams by label.
 *
 * Generator: xoshiro128++ 1.0 (Blackman and Vigna 2019, public domain algorithm); period 2^128 - 1.
 * `derive` depends only on the seed and the labels, never on how much was drawn, so sample i can be made
 * without samples 0 to i - 1.
 */
export class Rng {
  /** Signed, as the engine keeps 32-bit words in registers only then. */
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  private constructor(
    [a, b, c, d]: RngState,
    private readonly root: number,
  ) {
    [this.a, this.b, this.c, this.d] = [a | 0, b | 0, c | 0, d | 0];
  }

  /** A stream from a whole number; only its low 53 bits matter. */
  static fromSeed(seed: number): Rng {
    return Rng.fromRoot((seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b)) >>> 0);
  }

  private static fromRoot(root: number): Rng {
    const next = splitMix(root);
    return new Rng([next(), next(), next(), next()], root);
  }

  /** A stream that goes on from a saved state. Its own `derive` starts from the state given. */
  static fromState(state: RngState): Rng {
    return new Rng(state, state[0]);
  }

  /** The state to save. */
  get state(): RngState {
    return [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.d >>> 0];
  }

  /** An independent stream for these labels, the same however much was drawn from this one. */
  derive(...labels: readonly (string | number)[]): Rng {
    let root = this.root;
    for (const label of labels) root = splitMix(root ^ hashText(String(label)))();
    return Rng.fromRoot(root);
  }

  /** Uniform over the 2^32 words. */
  uint32(): number {
    const sum = (this.a + this.d) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + this.a) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Uniform whole number in [0, n), without modulo bias. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** `count` standard normals times `scale`. */
  normals(count: number, scale = 1): Float32Array {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = this.normal() * scale;
    return values;
  }

  /** The same items in random order, in place (Fisher and Yates; Durstenfeld 1964). */
  shuffle<T extends unknown[] | Int32Array | Uint32Array>(items: T): T {
    const array = items as unknown[];
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [array[i], array[j]] = [array[j], array[i]];
    }
    return items;
  }
}
