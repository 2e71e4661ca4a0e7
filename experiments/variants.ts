import { ConfigError, lookUp } from '../src/core/errors.js';
import type { CellCost, Variant } from '../eval/compare/contract.js';
import type { JsonObject } from '../src/checkpoint/manifest.js';
import type { Known } from '../src/core/schema.js';
import type { GateName } from '../src/gates/registry.js';
import type { Mixer } from '../src/mixers/contract.js';
import type { RuleName } from '../src/rules/registry.js';
import type { KnownAsName } from '../train/config/knownAs.js';
import { isPlugInPath, type PlugInLoader } from '../train/config/plugIns.js';

/** One model setup: its name in results, and the settings that make it. */
export interface VariantPlan {
  readonly variant: Variant;
  /** Rule and gate, under the settings of all cells. */
  readonly choices: readonly string[];
  /** What varies beside, over the settings of all cells. */
  readonly sets: readonly string[];
}

/** A variant with a config of its own at the first seed and rate. */
export interface ResolvedVariant {
  readonly variant: Variant;
  /** All settings over preset and file, rule and gate first. */
  readonly sets: readonly string[];
  readonly config: JsonObject;
  readonly cost: CellCost;
}

export interface VariantRequest {
  /** Names of rules, files of rules, or names of mixers that take no rule. That of the preset where absent. */
  readonly rules?: readonly Known<RuleName>[];
  readonly gates?: readonly Known<GateName>[];
  /** Names of published models, each with the heads that it is known for; in the place of rules and gates. */
  readonly likes?: readonly Known<KnownAsName>[];
  /** `path=value,value` each. */
  readonly vary?: readonly string[];
  /** Reads a rule, gate or the like from a file; needed where one is given. */
  readonly loader?: PlugInLoader;
}

/** The items of a comma-separated list; commas in brackets do not count. */
function splitValues(text: string): string[] {
  const parts: string[] = [];
  let [part, depth] = ['', 0];
  for (const letter of text) {
    if ('[{'.includes(letter)) depth++;
    if (']}'.includes(letter)) depth--;
    if (letter === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += letter;
  }
  return [...parts, part.trim()];
}

/** A setting and the values that it takes. */
export interface Axis {
  readonly path: string;
  readonly values: readonly string[];
}

/**
 * The setting and values of `path=value,value`.
 *
 * @throws ConfigError that names the option when it cannot be read or names a value twice.
 */
export function parseAxis(text: string, option = '--vary'): Axis {
  const [, path, list] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (path === undefined || list === undefined) {
    throw new ConfigError(
      `${option}: expected path=value,value, got '${text}'; for example ${option} model.width=64,128`,
    );
  }
  const values = splitValues(list);
  if (values.some((value) => value === '') || new Set(values).size < values.length) {
    throw new ConfigError(
      `${option}: expected different comma-separated values, got '${text}'; name each once`,
    );
  }
  return { path, values };
}

function refuseRepeats(option: string, names: readonly string[]): void {
  const repeatedName = names.find((name, i) => names.indexOf(name) < i);
  if (repeatedName === undefined) return;
  throw new ConfigError(`${option}: '${repeatedName}' is given twice; name it once`);
}

/** Settings that a grid sets itself, and the flag that says how. */
const OWNED: Readonly<Record<string, string>> = { seed: '--seeds', 'optimizer.learningRate': '--lr-grid' };

function refuseOwned(option: string, path: string): void {
  const flag = Object.hasOwn(OWNED, path) ? OWNED[path] : undefined;
  if (flag === undefined) return;
  throw new ConfigError(`${option}: the grid sets '${path}' itself; use ${flag}`);
}

/**
 * Refuses settings of all cells that the grid would set again.
 *
 * @throws ConfigError that names the flag to use.
 */
export function checkSets(
  sets: readonly string[],
  {
    vary = [],
    lrGrid,
    search,
  }: Pick<VariantRequest, 'vary'> & {
    readonly lrGrid?: readonly number[] | undefined;
    readonly search?: { readonly also?: string } | undefined;
  },
): void {
  const also = search?.also?.split('=')[0];
  const varied = new Set(vary.map((text) => text.split('=')[0] ?? ''));
  for (const path of sets.map((text) => text.split('=')[0] ?? '')) {
    if (path !== 'optimizer.learningRate' || lrGrid) refuseOwned('--set', path);
    if (path === also)
      throw new ConfigError(`--set: '${path}' is also searched by --search-also; leave one out`);
    if (!varied.has(path)) continue;
    throw new ConfigError(`--set: '${path}' is also set by --vary; leave one out`);
  }
}

/** Every combination of one value per axis; the last axis varies fastest. */
function combinations(axes: readonly Axis[]): readonly (readonly (readonly [string, string])[])[] {
  return axes.reduce<readonly (readonly (readonly [string, string])[])[]>(
    (found, { path, values }) =>
      found.flatMap((chosen) => values.map((value) => [...chosen, [path, value] as const])),
    [[]],
  );
}

function asValue(text: string): string | number {
  const value = Number(text);
  return text !== '' && Number.isFinite(value) ? value : text;
}

type HeadPlan = Omit<VariantPlan, 'sets'>;

/** Refuses a name that is in no table; what is in a file is known when it is loaded. */
function checkName(option: string, table: Readonly<Record<string, unknown>>, given: string): void {
  if (!isPlugInPath(given)) lookUp(option, table, given);
}

/** The mixers that take no rule; they are given among the rules. */
export async function rulelessMixers(): Promise<Readonly<Record<string, Mixer>>> {
  const { mixers } = await import('../src/mixers/registry.js');
  return Object.fromEntries(Object.entries(mixers).filter(([, { takesRule }]) => !takesRule));
}

/** The heads of published models. */
async function likeHeads({ likes = [], rules, gates }: VariantRequest): Promise<readonly HeadPlan[]> {
  const { modelLike } = await import('../train/config/knownAs.js');
  if (rules ?? gates) {
    throw new ConfigError('--like: names rule and gate itself; leave --rule and --gate out, or --like');
  }
  return likes.map((like) => ({
    variant: { like },
    choices: Object.entries(modelLike(like)).map(([name, value]) => `model.${name}=${JSON.stringify(value)}`),
  }));
}

/** Every rule with every gate; a mixer without a rule has no gate and occurs once. */
async function heads(request: VariantRequest): Promise<readonly HeadPlan[]> {
  if (request.likes) return likeHeads(request);
  const { rules, gates } = request;
  const known = await import('../src/rules/registry.js');
  const knownGates = await import('../src/gates/registry.js');
  for (const name of gates ?? []) checkName('--gate', knownGates.gates, name);
  const gateChoices = (gates ?? [undefined]).map((gate): HeadPlan =>
    gate === undefined
      ? { variant: {}, choices: [] }
      : { variant: { gate }, choices: [`model.gate=${gate}`] },
  );
  if (rules === undefined) return gateChoices;
  const found: HeadPlan[] = [];
  const others = await rulelessMixers();
  for (const rule of rules) {
    if (Object.hasOwn(others, rule)) {
      found.push({ variant: { rule }, choices: [`model.mixer=${rule}`] });
      continue;
    }
    checkName('--rule', { ...known.rules, ...others }, rule);
    found.push(
      ...gateChoices.map(({ variant, choices }) => ({
        variant: { rule, ...variant },
        choices: [`model.rule=${rule}`, ...choices],
      })),
    );
  }
  return found;
}

/**
 * The variants of a grid: rules x gates x every combination of what varies.
 *
 * @throws ConfigError for a name that does not exist or is there twice, and for a `vary` that cannot be read; paths
 *   and values are checked where configs are.
 */
export async function planVariants(request: VariantRequest): Promise<readonly VariantPlan[]> {
  refuseRepeats('--rule', request.rules ?? []);
  refuseRepeats('--gate', request.gates ?? []);
  const axes = (request.vary ?? []).map((text) => parseAxis(text));
  refuseRepeats('--like', request.likes ?? []);
  for (const { path } of axes) refuseOwned('--vary', path);
  refuseRepeats(
    '--vary',
    axes.map(({ path }) => path),
  );
  const found = await heads(request);
  return found.flatMap(({ variant, ...head }) =>
    combinations(axes).map((chosen) => ({
      ...head,
      variant: { ...variant, ...Object.fromEntries(chosen.map(([path, text]) => [path, asValue(text)])) },
      sets: chosen.map(([path, text]) => `${path}=${text}`),
    })),
  );
}

/** A variant in a line of text: `delta, none, model.width 64`. */
export function variantText(variant: Variant): string {
  const named = Object.entries(variant).map(([name, value]) =>
    name === 'rule' || name === 'gate' ? String(value) : `${name} ${value}`,
  );
  return named.length === 0 ? 'as the preset has it' : named.join(', ');
}
