import type { Person } from './toyWords.js';
/** Everything that one story is about. */
export interface Cast {
    readonly hero: Person;
    readonly friend: Person;
    readonly elder: string;
    /** A colour and a noun, such as `red ball`. */
    readonly toy: string;
    readonly otherToy: string;
    readonly place: string;
    readonly spot: string;
    readonly wrongSpot: string;
    readonly animal: string;
    readonly food: string;
    readonly feeling: string;
}
/** Chooses one of several ways to say a thing. */
type Say = (...ways: readonly string[]) => string;
/** A story as its sentences; later ones can only be guessed by remembering the earlier ones. */
export type Plot = (cast: Cast, say: Say) => readonly string[];
export declare const plots: readonly Plot[];
export {};
