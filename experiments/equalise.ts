import { EQUAL_WITHIN } from '../eval/compare/checks.js';
import { ConfigError } from '../src/core/errors.js';
import type { Subject } from './subject.js';
import { rulelessMixers, variantText, type ResolvedVariant } from './variants.js';

/** What variants can be made equal in. */
export const EQUAL_MODES = ['parameters', 'state'] as const;

/** What variants are made equal in. */
export type EqualMode = (typeof EQUAL_MODES)[number];

/** Which cost, and which setting moves it without touching what is compared. */
const ADJUSTED = {
  parameters: { cost: 'parameters', setting: 'mlpWidth' },
  state: { cost: 'stateBytes', setting: 'valueSize' },
} as const;

interface Fitted extends ResolvedVariant {
  readonly note: string | undefined;
}

/** A variant with a setting at a value. */
async function at(
  subject: Subject,
  variant: ResolvedVariant,
  setting: string,
  value: number,
): Promise<ResolvedVariant> {
  const sets = [...variant.sets, `model.${setting}=${value}`];
  const config = await subject.resolve(sets);
  return { ...variant, sets, config, cost: await subject.cost(config) };
}

function settingOf({ config: { model } }: ResolvedVariant, setting: string): number {
  const group = typeof model === 'object' && model !== null ? Object.entries(model) : [];
  return Number(group.find(([name]) => name === setting)?.[1] ?? 0);
}

/** Raises the setting of a variant, unless it is near enough, until its cost is as near to the target as whole numbers allow. */
async function fit(
  subject: Subject,
  variant: ResolvedVariant,
  mode: EqualMode,
  target: number,
): Promise<Fitted> {
  const { cost, setting } = ADJUSTED[mode];
  const distance = ({ cost: own }: ResolvedVariant): number => Math.abs(own[cost] / target - 1);
  if (distance(variant) <= EQUAL_WITHIN) return { ...variant, note: undefined };
  let [low, high] = [settingOf(variant, setting), Math.max(2 * settingOf(variant, setting), 16)];
  let [below, above] = [variant, await at(subject, variant, setting, high)];
  while (above.cost[cost] < target) {
    [low, high] = [high, 2 * high];
    [below, above] = [above, await at(subject, variant, setting, high)];
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const tried = await at(subject, variant, setting, middle);
    if (tried.cost[cost] <= target) [low, below] = [middle, tried];
    else [high, above] = [middle, tried];
  }
  const best = distance(below) <= distance(above) ? below : above;
  if (distance(best) > EQUAL_WITHIN) {
    throw new ConfigError(
      `--equal ${mode}: expected ${variantText(variant.variant)} to come within ${100 * EQUAL_WITHIN} % of ${target} by model.${setting}, got ${best.cost[cost]}; make the model larger or leave the variant out`,
    );
  }
  const note = `${variantText(variant.variant)}: model.${setting} ${settingOf(best, setting)} for ${best.cost[cost]} ${mode === 'state' ? 'bytes of state' : 'parameters'}`;
  return { ...best, note };
}

/**
 * The variants made equal in parameters (by the width of the MLP) or in bytes of state (by the value size), each
 * raised to the largest; as they are where no mode is given. One that is within 2 % is left alone: an odd size would
 * change speed and parameters for less than is counted as a difference.
 *
 * @throws ConfigError when one cannot be made equal within 2 %.
 */
export async function equalise(
  subject: Subject,
  variants: readonly ResolvedVariant[],
  mode: EqualMode | undefined,
): Promise<{ readonly variants: readonly ResolvedVariant[]; readonly notes: readonly string[] }> {
  if (mode === undefined) return { variants, notes: [] };
  const others = await rulelessMixers();
  const grows = variants.find(({ variant: { rule } }) => others[String(rule)]?.keepsTokens)?.variant.rule;
  if (mode === 'state' && grows !== undefined) {
    throw new ConfigError(`--equal state: the state of ${grows} grows with every token; leave it out`);
  }
  const target = Math.max(...variants.map(({ cost }) => cost[ADJUSTED[mode].cost]));
  const fitted: Fitted[] = [];
  for (const variant of variants) fitted.push(await fit(subject, variant, mode, target));
  return { variants: fitted, notes: fitted.flatMap(({ note }) => (note === undefined ? [] : [note])) };
}
