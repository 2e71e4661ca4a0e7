import type { LearningRule } from './contract.js';
import { delta } from './delta.js';
import { hebbian } from './hebbian.js';

/** Every learning rule by name. A new one is its file and its line here. */
export const rules: Readonly<Record<string, LearningRule>> = { delta, hebbian };
