import type { z } from 'zod';
import { entries, fields, flag, type FormCheck, method, test, text, word } from '../core/form.js';
import { createRegistry } from '../core/registry.js';
import { type Issue, nameIn, throwIssues } from '../core/schema.js';
import { conditioning } from './conditioning.js';
import type { Mixer, MixerPlan } from './contract.js';
import { linear } from './linear.js';
import { softmax } from './softmax.js';

/** Every mixer of this project by name. A new one is its file and its line here. */
const own = { conditioning, linear, softmax };

/** The name of a mixer of this project. */
export type MixerName = keyof typeof own;

/** A check for every field of the contract. */
const FIELDS: Readonly<Record<keyof Mixer, FormCheck>> = {
  name: word,
  title: text,
  source: text,
  options: entries(
    test((value) => typeof value === 'object' && value !== null && '_zod' in value, 'a schema of zod'),
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
export const mixerOptions = Object.assign(
  {},
  ...Object.values(own).map(({ options }) => options),
  // The cast: `assign` does not know what it is given.
) as z.core.util.Flatten<All<(typeof own)[keyof typeof own]['options']>>;

/**
 * Makes a mixer known by its name, for as long as the process lives. The same object again changes nothing. Options of
 * its own are read where it is planned; a config has those of the mixers of this project.
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
