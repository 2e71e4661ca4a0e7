import { z } from 'zod';
import { both, entries, fields, flag, type FormCheck, method, test, text, word } from '../core/form.js';
import { createRegistry } from '../core/registry.js';
import { type Issue, issuesOf, nameIn, throwIssues } from '../core/schema.js';
import { conditioning } from './conditioning.js';
import { memorySettings, type Mixer, type MixerPlan, normEpsilon, place, sizes } from './contract.js';
import { gatedAssociative } from './gatedAssociative.js';
import { linear } from './linear.js';
import { localLinear } from './localLinear.js';
import { softmax } from './softmax.js';

/** Every mixer of this project by name. A new one is its file and its line here. */
const own = {
  conditioning,
  'gated-associative': gatedAssociative,
  linear,
  'local-linear': localLinear,
  softmax,
};

/** The name of a mixer of this project. */
export type MixerName = keyof typeof own;

/**
 * A mixer is given its options among the settings of its layer, so none may be called as one of these, but for an option
 * of this project's mixers that it has too.
 */
function isNoSetting(options: object, path: string): string[] {
  const taken: z.ZodRawShape = { ...sizes, ...memorySettings, ...place, ...optionsOfAll, normEpsilon };
  return Object.entries(options)
    .filter(
      ([name, schema]) =>
        Object.hasOwn(taken, name) && !(Object.hasOwn(optionsOfAll, name) && schema === taken[name]),
    )
    .map(([name]) => `${path}.${name}: expected a name that no setting has, got '${name}'; choose another`);
}

/** A check for every field of the contract. */
const FIELDS: Readonly<Record<keyof Mixer, FormCheck>> = {
  name: word,
  title: text,
  source: text,
  options: both(
    entries(
      test((value) => typeof value === 'object' && value !== null && '_zod' in value, 'a schema of zod'),
    ),
    (options, path) => isNoSetting(Object(options) as object, path),
  ),
  inBlock: flag,
  takesRule: flag,
  keepsTokens: flag,
  issues: method,
  plan: method,
};

/** Mixers by name, and how one is added. */
export const mixerRegistry = createRegistry<Mixer>(
  'mixer',
  // The cast: a config has the options of all of them, of which each reads its own.
  own as unknown as Readonly<Record<string, Mixer>>,
  (mixer) => fields(FIELDS)(mixer, 'mixer'),
);

/** Every mixer by name: those of this project, and those registered since the process began. */
export const mixers = mixerRegistry.table;

/** The mixer of a layer where none is named. */
export const DEFAULT_MIXER = conditioning.name;

/** A name of a mixer. */
export const mixerName = nameIn<MixerName>(mixers, 'how tokens are mixed');

type All<Union> = (Union extends unknown ? (x: Union) => void : never) extends (x: infer Each) => void
  ? Each
  : never;

/** The options of all mixers together. A model has each of them once; a mixer reads its own. */
export const optionsOfAll = Object.assign(
  {},
  ...Object.values(own).map(({ options }) => options),
  // The cast: `assign` does not know what it is given.
) as z.core.util.Flatten<All<(typeof own)[keyof typeof own]['options']>>;

/** Options of mixers that are none of this project, by name. */
export const ownOptions = z
  .record(z.string(), z.json())
  .default(() => ({}))
  .describe('options of a mixer of your own; those left out get its defaults');

type Given = z.output<typeof ownOptions>;

/** The schemas of the options that stand in `mixerOptions`. */
const optionsOf = ({ options }: Pick<Mixer, 'options'>): z.ZodRawShape =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(optionsOfAll, name)));

/** What is wrong with `mixerOptions` for these mixers: names that none of them has, and values. */
export function ownOptionIssues(used: readonly Mixer[], given: Given): Issue[] {
  const schema = z.strictObject(Object.assign({}, ...used.map(optionsOf)) as z.ZodRawShape); // of what they all have
  const { error } = schema.safeParse(given);
  if (Object.keys(schema.shape).length === 0) {
    return Object.keys(given).map((name) => {
      const message = `expected no options with mixer ${used.map((mixer) => mixer.name).join(', ')}, got '${name}'; leave it out`;
      return { path: ['mixerOptions', name], message };
    });
  }
  const issues = error ? issuesOf(schema, error, given) : [];
  return issues.map(({ path, message }) => ({ path: ['mixerOptions', ...path], message }));
}

/** Settings with the options that a mixer finds in `mixerOptions`, its defaults filled in. */
export function withOwnOptions<Settings extends { readonly mixerOptions: Given }>(
  mixer: Mixer,
  settings: Settings,
): Settings {
  const schema = z.object(optionsOf(mixer)); // others are those of other layers
  return { ...settings, ...schema.parse(settings.mixerOptions) };
}

/**
 * Makes a mixer known by its name, for as long as the process lives. The same object again changes nothing. A model
 * gives it options of its own by `mixerOptions`.
 *
 * @throws ConfigError with every field that is wrong, or when the name belongs to another mixer.
 */
export const registerMixer: (mixer: Mixer) => Mixer = mixerRegistry.register;

/**
 * A mixer with its settings checked.
 *
 * @throws ConfigError for settings that do not go together.
 */
export function planMixer<Settings>(
  mixer: {
    issues(settings: Settings): Issue[];
    plan(settings: Settings, where: string): MixerPlan;
  },
  settings: Settings,
  where: string,
): MixerPlan {
  throwIssues(where, mixer.issues(settings));
  return mixer.plan(settings, where);
}
