/** The new path of a setting that is known by this one no more; `undefined` when it has had no other. */
export declare function newPathOf(path: readonly PropertyKey[]): string | undefined;
/** What to say of a setting under its old path: `unknown key; it is now train.batchSize`; `undefined` as above. */
export declare function renamedMessage(path: readonly PropertyKey[]): string | undefined;
/** A line for every setting of a saved config that stands under an old name, such as `config.train.rows: ...`. */
export declare function renamedKeys(config: object): string[];
