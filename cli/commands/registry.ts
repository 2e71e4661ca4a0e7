import type { Verb } from '../verb.js';
import { config } from './config.js';
import { doctor } from './doctor.js';

/** Every verb, in the order of `pavlov --help`. */
export const verbs: readonly Verb[] = [config, doctor];
