/** True when the error says that a path does not exist. */
export declare function isMissing(error: unknown): boolean;
/**
 * An operating system's error as a message of ours; errors of ours, and faults of the program, as they are.
 *
 * @param where what was handled, such as `checkpoint step-000400`.
 * @param action what was tried, such as `save it in runs/a`.
 */
export declare function diskFault(where: string, action: string, error: unknown): unknown;
