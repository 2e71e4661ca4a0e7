import { entries, fields, type FormCheck, method, optional, parameter, text, word } from '../core/form.js';
import { createRegistry } from '../core/registry.js';
import { adamw } from './adamw.js';
import type { Optimizer } from './contract.js';
import { muon } from './muon.js';

/** Every optimizer of this project by name. A new one is its file and its line here. */
const own = { adamw, muon };

/** The name of an optimizer of this project. */
export type OptimizerName = keyof typeof own;

/** A check for every field of the contract. */
const FIELDS: Readonly<Record<keyof Optimizer, FormCheck>> = {
  name: word,
  title: text,
  source: text,
  params: optional(entries(parameter())),
  slots: method,
  update: method,
};

/** Optimizers by name, and how one is added. */
export const optimizerRegistry = createRegistry<Optimizer>('optimizer', own, (optimizer) =>
  fields(FIELDS)(optimizer, 'optimizer'),
);

/** Every optimizer by name: those of this project, and those registered since the process began. */
export const optimizers = optimizerRegistry.table;

/**
 * Makes an optimizer known by its name, for as long as the process lives. The same object again changes nothing.
 *
 * @throws ConfigError with every field that is wrong, or when the name belongs to another optimizer.
 */
export const registerOptimizer: (optimizer: Optimizer) => Optimizer = optimizerRegistry.register;
