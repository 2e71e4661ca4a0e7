import { fields, type FormCheck, method, someText, text, word } from '../../core/form.js';
import { createRegistry } from '../../core/registry.js';
import type { FeatureMap } from './contract.js';
import { elu } from './elu.js';
import { identity } from './identity.js';
import { relu } from './relu.js';
import { silu } from './silu.js';

/** A check for every field of the contract. */
const FIELDS: Readonly<Record<keyof FeatureMap, FormCheck>> = {
  name: word,
  title: someText,
  equation: someText,
  source: text,
  map: method,
};

/** Every map of queries and keys of this project by name. A new one is its file and its line here. */
const own = { identity, silu, 'elu+1': elu, relu };

/** The name of a map of queries and keys of this project. */
export type FeatureMapName = keyof typeof own;

/** Maps of queries and keys by name, and how one is added. */
export const featureMapRegistry = createRegistry<FeatureMap>('feature map', own, (map) =>
  fields(FIELDS)(map, 'feature map'),
);

/** Every map of queries and keys by name: those of this project, and those registered since the process began. */
export const featureMaps = featureMapRegistry.table;

/**
 * Makes a map of queries and keys known by its name, for as long as the process lives. The same object again changes
 * nothing.
 *
 * @throws ConfigError with every field that is wrong, or when the name belongs to another map.
 */
export const registerFeatureMap: (map: FeatureMap) => FeatureMap = featureMapRegistry.register;
