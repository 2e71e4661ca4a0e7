import type { Verb } from '../verb.js';
import { bench } from './bench.js';
import { compare } from './compare.js';
import { checkRule } from './checkRule.js';
import { config } from './config.js';
import { data } from './data.js';
import { doctor } from './doctor.js';
import { evalVerb } from './eval.js';
import { generate } from './generate.js';
import { lab } from './lab.js';
import { recall } from './recall.js';
import { resume } from './resume.js';
import { train } from './train.js';

/** Every verb, in the order of `pavlov --help`. */
export const verbs: readonly Verb[] = [
  train,
  resume,
  generate,
  evalVerb,
  recall,
  compare,
  lab,
  checkRule,
  data,
  config,
  doctor,
  bench,
];
