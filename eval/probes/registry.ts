import type { Probe } from '../contract.js';
import { copy } from './copy.js';
import { inContext } from './inContext.js';
import { lm } from './lm.js';
import { memory } from './memory.js';
import { recallHits } from './recallHits.js';
import { state } from './state.js';
import { storyRecall } from './storyRecall.js';

/** Every probe by name. A new one is its file and its line here. */
export const probes: Readonly<Record<string, Probe>> = {
  lm,
  'in-context': inContext,
  'recall-hits': recallHits,
  copy,
  'story-recall': storyRecall,
  state,
  memory,
};
