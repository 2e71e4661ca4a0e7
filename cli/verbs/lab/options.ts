import type { Command } from 'commander';
import type { Swept } from '../../../eval/lab/index.js';
import { ConfigError, lookUp, suggest } from '../../../src/core/errors.js';
import type { Params } from '../../../src/core/params.js';
import { finiteNumber, nameList, repeated, wholeNumber } from '../../options.js';

/** What every part of the lab takes. */
export interface LabFlags {
  readonly rule?: readonly string[];
  readonly beta?: number;
  readonly param?: readonly string[];
  readonly seed: number;
  readonly out?: string;
}

/** Comma-separated whole numbers. */
export function wholeNumbers(option: string, low = 1): (text: string) => readonly number[] {
  return (text) => nameList(option)(text).map(wholeNumber(option, low));
}

/** Comma-separated numbers within inclusive bounds. */
export function finiteNumbers(
  option: string,
  low: number,
  high: number,
): (text: string) => readonly number[] {
  return (text) => nameList(option)(text).map(finiteNumber(option, low, high));
}

/** What the largest tensor of an experiment may hold: half a gigabyte. */
const MOST_NUMBERS = 2 ** 27;

/**
 * Refuses sizes that no memory holds, before anything is made.
 *
 * @param sizes of one tensor, by the option that each is given with.
 * @throws ConfigError.
 */
function checkSizes(sizes: Readonly<Record<string, number>>): void {
  const numbers = Object.values(sizes).reduce((product, size) => product * size, 1);
  if (numbers <= MOST_NUMBERS) return;
  const given = Object.entries(sizes).map(([option, size]) => `--${option} ${size}`);
  throw new ConfigError(
    `${given.join(', ')}: expected a product of at most ${MOST_NUMBERS}, got ${numbers}; make one of them smaller`,
  );
}

interface CapacitySizes {
  readonly draws: number;
  readonly pairs: readonly number[];
  readonly K: number;
  readonly V: number;
  /** Key dimensions that are measured beside K. */
  readonly dims: readonly number[];
  readonly worstDims: readonly number[];
}

/** Refuses a measurement of capacity that no memory holds. @throws ConfigError. */
export function checkCapacitySizes({ draws, pairs, K, V, dims, worstDims }: CapacitySizes): void {
  checkSizes({ draws, pairs: Math.max(...pairs), dim: Math.max(K, V) });
  checkSizes({ draws, dim: K, 'value-dim': V });
  for (const size of dims) checkSizes({ draws, dims: size, dim: Math.max(size, K) });
  for (const size of worstDims) checkSizes({ 'worst-dims': size, dim: size });
}

interface DepthSizes {
  readonly draws: number;
  readonly pairs: number;
  readonly heads: readonly number[];
  readonly widths: readonly number[];
  readonly K: number;
}

/** Refuses a measurement of depth that no memory holds. @throws ConfigError. */
export function checkDepthSizes({ draws, pairs, heads, widths, K }: DepthSizes): void {
  const most = { draws, heads: Math.max(...heads), widths: Math.max(...widths) };
  checkSizes({ ...most, dim: K });
  checkSizes({ ...most, pairs });
}

/** The options of every part, and its example. */
export function addLabFlags(command: Command, example: string): Command {
  return command
    .option('--rule <names>', 'comma-separated rules or rule files (default: all)', nameList('--rule'))
    .option('--param <name=value>', 'a parameter of the rules that have it; repeatable', repeated)
    .option('--seed <n>', 'seed of all random choices', wholeNumber('--seed'), 1)
    .option('--out <folder>', 'also write the results there: JSON, CSV and SVG')
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nExample:\n  $ ${example}`);
}

/** The rules asked for, all of them where none is named, and their parameters. */
export interface ChosenRules {
  readonly names: readonly string[];
  /** By rule name. */
  readonly params: Readonly<Record<string, Params>>;
}

function parseParam(setting: string): readonly [string, number | string] {
  const [, name, text] = /^([^=]+)=(.+)$/.exec(setting) ?? [];
  if (name === undefined || text === undefined) {
    throw new ConfigError(`--param: expected name=value, got '${setting}'; for example --param rho=0.8`);
  }
  const value = Number(text);
  return [name, Number.isFinite(value) ? value : text];
}

/**
 * The rules and parameters of a command line.
 *
 * @throws ConfigError for a rule that does not exist, or a parameter that none of the rules has.
 */
export async function chosenRules(
  flags: Pick<LabFlags, 'rule' | 'param'>,
  preferred?: readonly string[],
): Promise<ChosenRules> {
  const { rules } = await import('../../../src/rules/registry.js');
  const { plugInName } = await import('../../plugIns/load.js');
  const names: string[] = [];
  for (const given of flags.rule ?? preferred ?? Object.keys(rules))
    names.push(await plugInName('rule', given));
  const chosen = names.map((name) => lookUp('--rule', rules, name));
  const settings = (flags.param ?? []).map(parseParam);
  const known = [...new Set(chosen.flatMap((rule) => Object.keys(rule.params)))];
  for (const [name] of settings) {
    if (known.includes(name)) continue;
    const expected = known.length > 0 ? `one of ${known.join(' | ')}` : 'no parameter for these rules';
    throw new ConfigError(`--param: expected ${expected}, got '${name}'${suggest(name, known)}`);
  }
  const params = chosen.map((rule) => {
    const own = settings.filter(([name]) => Object.hasOwn(rule.params, name));
    return [rule.name, Object.fromEntries(own)] as const;
  });
  return { names, params: Object.fromEntries(params) };
}

/** What capacity is swept over unless `--vary` says it. */
const SWEEPS: Readonly<Partial<Record<Swept, readonly number[]>>> = {
  dim: [8, 16, 32, 64],
  correlation: [0, 0.1, 0.2, 0.4],
  decay: [1, 0.99, 0.97, 0.9],
};

/**
 * Values to sweep over from `--vary what=values`.
 *
 * @throws ConfigError for what cannot be swept, is named twice, or has no numbers.
 */
export async function sweepValues(given: readonly string[] | undefined): Promise<typeof SWEEPS> {
  if (given === undefined) return SWEEPS;
  const { SWEPT } = await import('../../../eval/lab/index.js');
  const values: Partial<Record<Swept, readonly number[]>> = {};
  for (const text of given) {
    const [, name = text, list = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    const over = lookUp('--vary', Object.fromEntries(SWEPT.map((each) => [each, each])), name);
    if (values[over]) throw new ConfigError(`--vary: '${over}' is given twice; give all its values at once`);
    values[over] = finiteNumbers('--vary', 0, 1e6)(list);
  }
  return values;
}

/** Refuses options of the other level. */
export function refuseFlags(level: 'A' | 'B', flags: Readonly<Record<string, unknown>>): void {
  const [stray] = Object.entries(flags).find(([, value]) => value !== undefined) ?? [];
  if (stray === undefined) return;
  throw new ConfigError(`--${stray} needs --level ${level}; leave it out or change the level`);
}
