/** A YAML text with its value and its places. */
export interface YamlText {
    /** JSON: no circles. */
    readonly value: unknown;
    /** `name:line:column` of the value at a path; undefined when it is not there. */
    readonly locate: (path: readonly PropertyKey[]) => string | undefined;
}
/** A line for each of the first so many faults, and how many more there are. */
export declare function fewLines<T>(faults: readonly T[], line: (fault: T) => string): string;
/**
 * Reads YAML, or JSON, which it contains.
 *
 * @param name stands for the text in messages
 * @throws ConfigError, with line and column, whatever the library finds wrong: syntax, keys given twice, aliases of
 *   nothing, of themselves, or that unfold to more than they should.
 */
export declare function parseYaml(text: string, name: string): YamlText;
/**
 * The value of a text that was typed: a number, `true`, `null`, `[a, b]`, `{a: 1}` or a quoted text, as YAML has them,
 * and otherwise the text as it is: what YAML would take for a comment, a tag, an anchor or a block belongs to it.
 */
export declare function typedValue(text: string): unknown;
