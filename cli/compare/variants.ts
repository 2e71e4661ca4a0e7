import { ConfigError, lookUp } from '../../src/core/errors.js';
import type { Variant } from '../../eval/compare/contract.js';

/** The head that is no rule; it stands among the rules where they are named. */
export const BASELINE_HEAD = 'softmax';

/** One way to set up a model: its name in results, and the settings that make it. */
export interface VariantPlan {
  readonly variant: Variant;
  /** Rule and gate, under the settings of all cells. */
  readonly choices: readonly string[];
  /** What varies beside, over the settings of all cells. */
  readonly sets: readonly string[];
}

export interface VariantRequest {
  /** Names of rules, or of the baseline head. Those of the preset where absent. */
  readonly rules?: readonly string[];
  readonly gates?: readonly string[];
  /** `path=value,value` each. */
  readonly vary?: readonly string[];
}

/** The parts of a list between commas that are in no bracket. */
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

interface Axis {
  readonly path: string;
  readonly values: readonly string[];
}

function parseAxis(text: string): Axis {
  const [, path, list] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (path === undefined || list === undefined) {
    throw new ConfigError(
      `--vary: expected path=value,value, got '${text}'; for example --vary model.width=64,128`,
    );
  }
  const values = splitValues(list);
  if (values.some((value) => value === '') || new Set(values).size < values.length) {
    throw new ConfigError(`--vary: expected different values between commas, got '${text}'; name each once`);
  }
  return { path, values };
}

function refuseRepeats(option: string, names: readonly string[]): void {
  const repeatedName = names.find((name, i) => names.indexOf(name) < i);
  if (repeatedName === undefined) return;
  throw new ConfigError(`${option}: expected different names, got '${repeatedName}' twice; name it once`);
}

/** Every combination of one value an axis, the last axis running fastest. */
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

/** Rules with the gates each is combined with: the baseline head has no gate, and so is there once. */
async function heads({ rules, gates }: VariantRequest): Promise<readonly Omit<VariantPlan, 'sets'>[]> {
  const known = await import('../../src/rules/registry.js');
  const knownGates = await import('../../src/gates/registry.js');
  const ruleTable = { ...known.rules, [BASELINE_HEAD]: BASELINE_HEAD };
  for (const name of rules ?? []) lookUp('--rule', ruleTable, name);
  for (const name of gates ?? []) lookUp('--gate', knownGates.gates, name);
  const gateChoices = (gates ?? [undefined]).map((gate): Omit<VariantPlan, 'sets'> =>
    gate === undefined
      ? { variant: {}, choices: [] }
      : { variant: { gate }, choices: [`model.gate=${gate}`] },
  );
  return (rules ?? [undefined]).flatMap((rule): readonly Omit<VariantPlan, 'sets'>[] => {
    if (rule === undefined) return gateChoices;
    if (rule === BASELINE_HEAD) return [{ variant: { rule }, choices: [`model.head=${BASELINE_HEAD}`] }];
    return gateChoices.map(({ variant, choices }) => ({
      variant: { rule, ...variant },
      choices: [`model.rule=${rule}`, ...choices],
    }));
  });
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
  const axes = (request.vary ?? []).map(parseAxis);
  refuseRepeats(
    '--vary',
    axes.map(({ path }) => path),
  );
  const found = await heads(request);
  return found.flatMap(({ variant, choices }) =>
    combinations(axes).map((chosen) => ({
      variant: { ...variant, ...Object.fromEntries(chosen.map(([path, text]) => [path, asValue(text)])) },
      choices,
      sets: chosen.map(([path, text]) => `${path}=${text}`),
    })),
  );
}

/** A variant as a line of a table has it: `delta, none, model.width 64`. */
export function variantText(variant: Variant): string {
  const named = Object.entries(variant).map(([name, value]) =>
    name === 'rule' || name === 'gate' ? String(value) : `${name} ${value}`,
  );
  return named.length === 0 ? 'as the preset has it' : named.join(', ');
}
