/** 32 bits of a text (FNV-1a), the same on every machine. */
export declare function hashText(text: string): number;
/** A value as messages show it. */
export declare function shown(value: unknown): string;
/** The message of what was thrown. */
export declare function reasonOf(error: unknown): string;
