import type { Probe } from '../contract.js';
import { copy } from './copy.js';
import { inContext } from './inContext.js';
import { lm } from './lm.js';
import { memory } from './memory.js';
import { recallHits } from './recallHits.js';
import { state } from './state.js';
import { storyRecall } from './storyRecall.js';

/** Every probe of this project by name. A new one is its file and its line here. */
const own = {
  lm,
  'in-context': inContext,
  'recall-hits': recallHits,
  copy,
  'story-recall': storyRecall,
  state,
  memory,
};

/** The name of a probe of this project. */
export type ProbeName = keyof typeof own;

/** Every probe by name. */
export const probes: Readonly<Record<string, Probe>> = own;
