/** A knob of a rule or gate. */
export interface ParamSpec {
    readonly default: number | string;
    /** Inclusive bounds of a number. */
    readonly range?: readonly [number, number];
    /** The words a string may be. */
    readonly choices?: readonly string[];
    readonly unit?: string;
    /** One line for `--help` and the docs. */
    readonly doc: string;
}
export type Params = Readonly<Record<string, number | string>>;
/**
 * The knobs of a rule or gate: what was given, checked, over the defaults.
 *
 * @throws ConfigError for a name that does not exist (with the nearest that does), a value of the wrong type,
 *   or one out of range. `where` is the path to report, such as `config.model.ruleParams`.
 */
export declare function resolveParams(specs: Readonly<Record<string, ParamSpec>>, given: Params, where: string): Params;
/**
 * A resolved knob that is a number.
 *
 * @throws ConfigError when it is absent or a word: the params were not resolved against the specs.
 */
export declare function numberParam(params: Params, name: string): number;
/**
 * A resolved knob that is a word, as the entry of a table by that word.
 *
 * @throws ConfigError when it is not a key of the table: the params were not resolved against the specs.
 */
export declare function choiceParam<T>(params: Params, name: string, table: Readonly<Record<string, T>>): T;
