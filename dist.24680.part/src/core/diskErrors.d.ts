/** The operating system's code of an error, such as `ENOENT`; undefined where it has none. */
export declare const codeOf: (error: unknown) => string | undefined;
/** What to tell the user about a code of the operating system; undefined for one that nothing is known of. */
export declare const diskAdvice: (code: string) => string | undefined;
