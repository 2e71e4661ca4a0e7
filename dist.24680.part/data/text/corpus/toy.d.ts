/** Which part of the generated stories. */
export type Split = 'train' | 'validation';
/**
 * One small story, a pure function of its arguments: a few sentences in which names, things and places come
 * back, so that guessing the later ones takes memory.
 *
 * The splits never share a text: a hero with a toy belongs to one split, whatever the seed.
 */
export declare function toyStory(seed: number, index: number, split: Split): string;
/** How many stories and from which seed. */
export interface ToyOptions {
    readonly seed?: number;
    readonly trainStories?: number;
    readonly validationStories?: number;
}
/** The generated stories of both splits. */
export interface ToyStories {
    readonly train: readonly string[];
    readonly validation: readonly string[];
}
/** All stories of both splits; the defaults give about 1 MB of text. */
export declare function toyStories(options?: ToyOptions): ToyStories;
