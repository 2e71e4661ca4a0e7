import { fields, type FormCheck, method, text, word } from '../../src/core/form.js';
import { createRegistry } from '../../src/core/registry.js';
import type { Probe } from '../contract.js';
import { copy } from './copy.js';
import { inContext } from './inContext.js';
import { lm } from './lm.js';
import { memory } from './memory.js';
import { minimalPairs } from './minimalPairs.js';
import { recallHits } from './recallHits.js';
import { span } from './span.js';
import { state } from './state.js';
import { storyRecall } from './storyRecall.js';

/** Every probe of this project by name. A new one is its file and its line here. */
const own = {
  lm,
  'in-context': inContext,
  span,
  'recall-hits': recallHits,
  copy,
  'story-recall': storyRecall,
  'minimal-pairs': minimalPairs,
  state,
  memory,
};

/** The name of a probe of this project. */
export type ProbeName = keyof typeof own;

/** A check for every field of the contract. */
const FIELDS: Readonly<Record<keyof Probe, FormCheck>> = {
  name: word,
  title: text,
  source: text,
  run: method,
};

/** Probes by name, and how one is added. */
export const probeRegistry = createRegistry<Probe>('probe', own, (probe) => fields(FIELDS)(probe, 'probe'));

/** Every probe by name: those of this project, and those registered since the process began. */
export const probes = probeRegistry.table;

/**
 * Makes a probe known by its name, for as long as the process lives. The same object again changes nothing.
 *
 * @throws ConfigError with every field that is wrong, or when the name belongs to another probe.
 */
export const registerProbe: (probe: Probe) => Probe = probeRegistry.register;
