/** Someone in a story, with the words that stand for them. */
export interface Person {
    readonly name: string;
    readonly he: string;
    readonly his: string;
    readonly him: string;
}
export declare const people: readonly Person[];
export declare const colours: readonly string[];
export declare const toys: readonly string[];
export declare const places: readonly string[];
export declare const spots: readonly string[];
export declare const animals: readonly string[];
export declare const foods: readonly string[];
export declare const feelings: readonly string[];
export declare const elders: readonly string[];
