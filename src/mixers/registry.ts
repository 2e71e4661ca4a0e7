import type { z } from 'zod';
import { ConfigError } from '../core/errors.js';
import { type Issue, nameIn, throwIssues } from '../core/schema.js';
import { conditioning } from './conditioning.js';
import type { Mixer, MixerPlan } from './contract.js';
import { linear } from './linear.js';
import { softmax } from './softmax.js';

/** Every mixer of this project by name. A new one is its file and its line here. */
const own = { conditioning, linear, softmax };

/** The name of a mixer of this project. */
export type MixerName = keyof typeof own;

// The cast: a config has the options of all of them, of which each reads its own.
const table = { ...own } as unknown as Record<string, Mixer>;

/** Every mixer by name: those of this project, and those registered since the process began. */
export const mixers: Readonly<Record<string, Mixer>> = table;

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
 * @throws ConfigError when the name belongs to another.
 */
export function registerMixer(mixer: Mixer): void {
  if (Object.hasOwn(table, mixer.name) && table[mixer.name] !== mixer) {
    throw new ConfigError(`mixer.name: expected a name that is free, got '${mixer.name}'; choose another`);
  }
  table[mixer.name] = mixer;
}

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
