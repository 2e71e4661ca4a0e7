/**
 * Every error a user may cause. Message form: `<where>: expected <what>, got <value>; <what to do>`.
 * `code` is stable; the command line maps it to an exit code.
 */
export type ErrorCode = 'CONFIG' | 'SHAPE' | 'DATA' | 'CHECKPOINT' | 'TRACE' | 'ENGINE' | 'NON_FINITE';
export declare class PavlovError extends Error {
    readonly code: ErrorCode;
    constructor(code: ErrorCode, message: string, options?: ErrorOptions);
}
/** A setting, flag or argument that is unknown, of the wrong type or out of range. */
export declare class ConfigError extends PavlovError {
    constructor(message: string, options?: ErrorOptions);
}
/** Tensors whose shapes do not fit together. */
export declare class ShapeError extends PavlovError {
    constructor(message: string, options?: ErrorOptions);
}
/** Text, token or download data that is missing or damaged. */
export declare class DataError extends PavlovError {
    constructor(message: string, options?: ErrorOptions);
}
/** A checkpoint that is missing, damaged, foreign or does not fit the config. */
export declare class CheckpointError extends PavlovError {
    constructor(message: string, options?: ErrorOptions);
}
/** A function that cannot be traced into a graph. */
export declare class TraceError extends PavlovError {
    constructor(message: string, options?: ErrorOptions);
}
/** An engine, device or backend that does not work on this machine. */
export declare class EngineError extends PavlovError {
    constructor(message: string, options?: ErrorOptions);
}
/** A loss or gradient that is NaN or infinite. */
export declare class NonFiniteError extends PavlovError {
    constructor(message: string, options?: ErrorOptions);
}
/** `; did you mean 'delta'?` for the closest name within two edits, else the empty string. */
export declare function suggest(word: string, names: readonly string[]): string;
/**
 * The entry of a registry by name.
 *
 * @throws ConfigError that lists the names and suggests the nearest when there is none.
 */
export declare function lookUp<T>(where: string, table: Readonly<Record<string, T>>, name: string): T;
