import { z } from 'zod';
/** A whole number of at least 1. */
export declare const count: z.ZodInt;
/** A whole number of at least 0. */
export declare const natural: z.ZodInt;
/** A number above 0. */
export declare const above0: z.ZodNumber;
/** Parameters of a rule or gate by name, checked by whoever knows their names. */
export declare const params: z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodNumber, z.ZodString]>>;
/** A name in a table that may grow: the names are those at the time of the check. */
export declare function nameIn(table: Readonly<Record<string, unknown>>, meaning: string): z.ZodString;
/** JSON Schema (draft 2020-12) of a schema, with the names that tables have now. */
export declare function jsonSchemaOf(schema: z.ZodType): Record<string, unknown>;
/** One thing that is wrong with a value, and where. */
export interface Issue {
    readonly path: readonly PropertyKey[];
    /** `expected ..., got ...`. */
    readonly message: string;
}
/** A path as users write it: `config.train.steps`. */
export declare function pathText(where: string, path: readonly PropertyKey[]): string;
/** The value at a path, `undefined` where there is none. */
export declare function valueAt(value: unknown, path: readonly PropertyKey[]): unknown;
/** What a schema says of a value, in words. A setting that is missing because it stands under its old name is told once. */
export declare function issuesOf(schema: z.core.$ZodType, error: z.core.$ZodError, value: unknown): Issue[];
/** Issues as the lines of a message: `config.train.steps: expected ..., got ...`. */
export declare function issueLines(where: string, issues: readonly Issue[]): string[];
/**
 * Throws when there are issues.
 *
 * @throws ConfigError with one issue a line.
 */
export declare function throwIssues(where: string, issues: readonly Issue[]): void;
/**
 * A value as a schema has it, with defaults filled in.
 *
 * @throws ConfigError with every issue and its path, one a line.
 */
export declare function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema>;
