/**
 * A value that is there by construction, such as an element at a checked index.
 *
 * @throws Error (a fault of ours, not the user's) when it is missing.
 */
export declare function required<T>(value: T | undefined, what: string): T;
