/** The whole state of a stream: four 32-bit words. */
export type RngState = readonly [number, number, number, number];
/**
 * A seeded random stream with a state that can be saved, and sub-streams by label.
 *
 * Generator: xoshiro128++ 1.0 (Blackman and Vigna 2019, public domain algorithm); period 2^128 - 1.
 * `derive` depends only on the seed and the labels, never on how much was drawn, so sample i can be made
 * without samples 0 to i - 1.
 */
export declare class Rng {
    private readonly root;
    /** Signed, as the engine keeps 32-bit words in registers only then. */
    private a;
    private b;
    private c;
    private d;
    private constructor();
    /** A stream from a whole number; only its low 53 bits matter. */
    static fromSeed(seed: number): Rng;
    private static fromRoot;
    /** A stream that goes on from a saved state. Its own `derive` starts from the state given. */
    static fromState(state: RngState): Rng;
    /** The state to save. */
    get state(): RngState;
    /** An independent stream for these labels, the same however much was drawn from this one. */
    derive(...labels: readonly (string | number)[]): Rng;
    /** Uniform over the 2^32 words. */
    uint32(): number;
    /** Uniform in [0, 1) with 53 random bits. */
    uniform(): number;
    /** Uniform whole number in [0, n), without modulo bias. */
    below(n: number): number;
    /** Standard normal (Box and Muller 1958). */
    normal(): number;
    /** `count` standard normals times `scale`. */
    normals(count: number, scale?: number): Float32Array;
    /** The same items in random order, in place (Fisher and Yates; Durstenfeld 1964). */
    shuffle<T extends unknown[] | Int32Array | Uint32Array>(items: T): T;
}
